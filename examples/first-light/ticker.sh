# A worker in two processes: a shell and what it runs. A TERM that reaches the shell alone would leave the other behind.
ticked=0
while :; do
  ticked=$((ticked + 1))
  echo "tick $ticked"
  sleep 5
done
