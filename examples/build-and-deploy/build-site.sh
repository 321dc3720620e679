#!/bin/sh
# build-site.sh PAGES SITE: makes an HTML page of each text: `# ` begins its title, an empty line begins a paragraph.
set -eu

pages=$1
site=$2

page_html() {
  sed -e 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g' \
    -e '/^# /{ s|^# \(.*\)|<title>\1</title>\n<h1>\1</h1>|; b; }' \
    -e '/^$/!s|.*|<p>&</p>|' "$1"
}

for page in "$pages"/*.txt; do
  name=$(basename "$page" .txt)
  { echo '<!doctype html>'; page_html "$page"; } >"$site/$name.html"
  echo "$name.html"
done
(cd "$site" && sha256sum -- *.html >SHA256SUMS)
