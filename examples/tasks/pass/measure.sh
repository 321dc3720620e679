# Counts the stars of a small sky, and leaves a report.
set -eu

mkdir -p /report/pictures
: >/report/pictures/sky.txt
for row in 1 2 3 4 5; do
  line=
  for column in 1 2 3 4 5 6 7 8; do
    if [ $(((row * 7 + column * 5) % 4)) -eq 0 ]; then line="$line*"; else line="$line."; fi
  done
  echo "$line" | tee -a /report/pictures/sky.txt
done
stars=$(tr -cd '*' </report/pictures/sky.txt | wc -c)
echo "$stars stars for ${OBSERVER:-nobody}"
printf '{"stars": %d, "task": "%s"}\n' "$stars" "$TASK_ID" >/report/stars.json
