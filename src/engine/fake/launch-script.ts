/**
 * Runs as process 1 of the container, still in this machine's root: prepares the root, opens the pipes, says `ok` on
 * descriptor 3 and becomes the container's command. What goes wrong before is said on descriptor 3 as well.
 *
 * Arguments: the container's folder, busybox, mounts (source, target below the root, `ro` or `rw`), `--`, the command.
 */
export const LAUNCH_SCRIPT = `
folder=$1 busybox=$2
shift 2
root=$folder/root
exec 2>&3
set -e
"$busybox" mount -t proc proc "$root/proc"
"$busybox" mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
  : > "$root/dev/$device"
  "$busybox" mount -o bind "/dev/$device" "$root/dev/$device"
done
"$busybox" mkdir -m 1777 "$root/dev/shm"
"$busybox" ln -s /proc/self/fd "$root/dev/fd"
"$busybox" ln -s /proc/self/fd/0 "$root/dev/stdin"
"$busybox" ln -s /proc/self/fd/1 "$root/dev/stdout"
"$busybox" ln -s /proc/self/fd/2 "$root/dev/stderr"
while [ "$1" != -- ]; do
  if [ -d "$1" ]; then
    "$busybox" mkdir -p "$2"
  else
    "$busybox" mkdir -p "\${2%/*}"
    [ -e "$2" ] || : > "$2"
  fi
  "$busybox" mount -o bind "$1" "$2"
  [ "$3" = rw ] || "$busybox" mount -o remount,bind,ro "$2"
  shift 3
done
shift
exec < "$folder/stdin" > "$folder/stdout" 2> "$folder/stderr"
echo ok >&3
exec 3>&-
exec "$@"
`;

/**
 * Runs one more command with a pipe for its output (Node's own are sockets, which cannot be opened by path), and says
 * its exit code on descriptor 3. Arguments: busybox, the command.
 */
export const EXECUTE_SCRIPT = `
busybox=$1
shift
{ "$@" < /dev/null 2>&1 3>&-; echo $? >&3; } | "$busybox" cat 3>&-
`;
