// One file to vitest: an engine tries a push that fails for most of a minute, and the tests of the others go on meanwhile.
import './built-in-docker/push-registries.ts';
import './built-in-docker/push.ts';
import './built-in-docker/build.ts';
import './built-in-docker/scratch-push.ts';
