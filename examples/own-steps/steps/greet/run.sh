# Sourced in the box's shell. What comes with the step is found through $WERCKER_STEP_ROOT.
# Outside of script steps a failing command does not end the step by itself.
set -e
for greet_person in $WERCKER_GREET_PEOPLE; do
  greet_text=$(sed "s/GREETING/$WERCKER_GREET_GREETING/; s/PERSON/$greet_person/" "$WERCKER_STEP_ROOT/card.txt")
  if [ "$WERCKER_GREET_LOUD" = true ]; then
    greet_text=$(printf '%s' "$greet_text" | tr '[:lower:]' '[:upper:]')
  fi
  printf '%s\n' "$greet_text" | tee "$WERCKER_GREET_FOLDER/$greet_person.txt"
done
success "greeted: $WERCKER_GREET_PEOPLE"
