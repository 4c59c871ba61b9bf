#!/bin/sh
# Puts Respin into the menu of this account and `respin` on its path; nothing is copied. install.sh --remove undoes it.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
data=${XDG_DATA_HOME:-$HOME/.local/share}
entry=$data/applications/respin.desktop
picture=$data/icons/hicolor/256x256/apps/respin.png
command=$HOME/.local/bin/respin

if [ "${1:-}" = --remove ]; then
    rm -f "$entry" "$picture" "$command"
    echo "Respin is out of the menu. To delete it: rm -r \"$here\""
    exit 0
fi
mkdir -p "$(dirname "$entry")" "$(dirname "$picture")" "$(dirname "$command")"
sed "s|^Exec=respin|Exec=\"$here/respin\"|" "$here/respin.desktop" > "$entry"
cp "$here/respin.png" "$picture"
ln -sf "$here/respin" "$command"
echo "Respin is in the menu, and as $command on the command line."
