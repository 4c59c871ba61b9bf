#!/usr/bin/env bash
# The one-folder application in a bare Debian: it starts, opens, synthesizes, and shows its window under Xvfb.
#   sudo tests/release/check_bundle.sh FOLDER [ROOT]     ROOT: a Debian made before, else debootstrap makes one
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
folder=$(realpath "${1:-$repository/dist/respin}")
root=${2:-$(mktemp -d)/bare}
# The packages that docs/shipping.md names, and nothing else; xvfb, xdotool and imagemagick stand for the reader.
named=$(sed -n 's/^apt-get install -y --no-install-recommends //p' "$repository/docs/shipping.md")

[ -x "$root/usr/bin/apt-get" ] || debootstrap --variant=minbase bookworm "$root"
for place in proc sys dev; do mountpoint -q "$root/$place" || mount --bind "/$place" "$root/$place"; done
trap 'umount "$root/app" "$root/proc" "$root/sys" "$root/dev" || true' EXIT
mkdir -p "$root/app"
mountpoint -q "$root/app" || { mount --bind "$folder" "$root/app"; mount -o remount,bind,ro "$root/app"; }

inside() { chroot "$root" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/root LANG=C.UTF-8 "$@"; }
inside bash -c "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    $(echo $named) xvfb xauth xdotool imagemagick >/dev/null"
inside bash -c 'command -v python3' && { echo "this Debian is not bare: it has Python" >&2; exit 1; }

sample=/app/_internal/assets/samples/icbm152_T1w.nii.gz
time inside /app/respin --version
inside /app/respin info "$sample"
inside /app/respin doctor || [ $? -eq 2 ]
time inside /app/respin synthesize "$sample" --to t2 --out /root/made
inside /app/respin info /root/made/icbm152_T1w_desc-synth_T2w.nii.gz | grep -E '^synthetic +yes'
inside /app/respin compare /root/made/icbm152_T1w_desc-synth_T2w.nii.gz "$sample" --json | grep -o '"ssim": [0-9.]*' | head -1
inside /app/respin render "$sample" --out /root/made/picture.png
inside bash -euc '
    fail() { echo "$1" >&2; cat /root/xvfb.log >&2; exit 1; }
    : >/root/display
    Xvfb -displayfd 3 -screen 0 1400x900x24 3>/root/display >/root/xvfb.log 2>&1 & server=$!
    trap "kill $server 2>/dev/null || true" EXIT
    for _ in $(seq 30); do [ -s /root/display ] && break; kill -0 $server 2>/dev/null || break; sleep 1; done
    [ -s /root/display ] || fail "Xvfb did not come up; it said:"
    export DISPLAY=:$(cat /root/display)
    /app/respin '"$sample"' /root/made/icbm152_T1w_desc-synth_T2w.nii.gz & program=$!
    for _ in $(seq 120); do xdotool search --name Respin >/dev/null 2>&1 && break; sleep 1; done
    window=$(xdotool search --name Respin | head -1)
    [ -n "$window" ] || fail "The window did not come up within two minutes. The X server said:"
    sleep 20
    xdotool key --window "$window" 5
    sleep 5
    import -window root /root/window.png
    kill $program || fail "The program ended by itself. The X server said:"
    wait $program 2>/dev/null || true'
echo "The bundle works in a bare Debian: $(du -sh "$folder" | cut -f1). Its window: $root/root/window.png"
