# Outside of script steps a failing command does not end the step by itself.
set -e

# In a subshell: steps share one shell, and a `cd` would stay for the rest of this step.
(
  cd "$WERCKER_FINGERPRINT_FOLDER"
  find . -type f ! -name "$WERCKER_FINGERPRINT_FILE" -print0 | sort -z | xargs -0 sha256sum >"$WERCKER_FINGERPRINT_FILE"
  cat "$WERCKER_FINGERPRINT_FILE"
)
setMessage "$(wc -l <"$WERCKER_FINGERPRINT_FOLDER/$WERCKER_FINGERPRINT_FILE") files fingerprinted"
