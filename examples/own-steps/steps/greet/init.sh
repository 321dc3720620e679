# Sourced before run.sh: refuses what the step cannot work with, before anything is written.
if [ -z "$WERCKER_GREET_PEOPLE" ]; then
  fail 'greet: the property "people" is empty; give names separated by spaces'
fi
