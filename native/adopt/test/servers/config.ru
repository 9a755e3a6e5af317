run ->(env) { sleep 0.002; [200, { 'Content-Type' => 'text/plain' }, ["generation=#{ENV['GENERATION']}\n"]] }
