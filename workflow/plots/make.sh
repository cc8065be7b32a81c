#!/usr/bin/env bash
# Writes offline.html and LICENSE.txt beside it anew, from the npm packages named here. Nothing else needs the network.
set -euo pipefail
packages=(vega@6.4.0 vega-lite@6.4.3 vega-embed@7.3.0)
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
{
    printf '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{refresh_tag}\n<title>DVC Plot</title>\n'
    printf '<style>table { border-spacing: 15px; }</style>\n'
    for package in "${packages[@]}"; do
        name=${package%@*}
        mkdir "$name"
        tar -xzf "$(npm pack --silent "$package")" -C "$name" --strip-components=1
        printf '<!-- %s, BSD-3-Clause, workflow/plots/LICENSE.txt -->\n<script>\n' "$package"
        # A map is another file, which browsers would look for.
        sed '/^\/\/# sourceMappingURL=/d' "$name/build/$name.min.js"
        printf '\n</script>\n'
    done
    printf '</head>\n<body>\n{plot_divs}\n</body>\n</html>\n'
} > offline.html
for package in "${packages[@]}"; do
    printf '%s\n\n' "$package"
    cat "${package%@*}/LICENSE"
    printf '\n'
done > LICENSE.txt
mv offline.html LICENSE.txt "$here"
