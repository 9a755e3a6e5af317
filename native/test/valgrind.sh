#!/bin/sh
# legato-init below valgrind: every scenario of brain mode and of the standalone init, for what valgrind has to say of memory. What a scenario itself finds is not
# counted here: below valgrind the process has another name and another program, and some look at those. `npm run valgrind [-- WORDS OF SCENARIOS]`.
set -u
cd "$(dirname "$0")/../.."
command -v valgrind >/dev/null || { echo 'valgrind is not installed'; exit 69; }
said=build/valgrind
rm -rf "$said"
mkdir -p "$said"
cc -std=c17 -g -O1 native/init/*.c -o build/legato-init-plain || exit 1
# Its child is the shim, forked without exec, and goes on being watched; a service is exec'ed and is not.
cat >build/legato-init-valgrind <<END
#!/bin/sh
exec valgrind -q --vgdb=no --log-file='$PWD/$said/%p.log' '$PWD/build/legato-init-plain' "\$@"
END
chmod +x build/legato-init-valgrind
PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 native/test/brain_mode.py "$PWD/build/legato-init-valgrind" "$@" >build/valgrind-scenarios.log
tail -1 build/valgrind-scenarios.log
watched=$(find "$said" -type f | wc -l) complaints=$(grep -l '^==' "$said"/*.log | wc -l)
grep -h '^==' "$said"/*.log
[ "$watched" -gt 0 ] || { echo 'valgrind has watched nobody'; exit 1; }
echo "valgrind: $watched processes watched, $complaints with complaints"
[ "$complaints" -eq 0 ]
