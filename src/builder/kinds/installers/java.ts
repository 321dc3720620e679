import type { Installer } from '../installer.ts';
import { TRUST_STORE, TRUST_STORE_FILE } from './trust-store.ts';

/**
 * Maven copies what the project depends on at run time, jars beside each other. What an earlier extension copied and this one
 * does not want any more (another version of the same) is removed by the list that it left.
 */
export const javaInstaller: Installer = {
  // Not for an image's own command: Maven's local repository may be the very place that it installs to.
  caches: '',
  // Java reads no PEM: a store of both, made by Java itself, in /dev where no layer has it.
  trust: `
if has javac && has java; then
  mkdir /dev/slipway/trust
  javac -J-XX:-UsePerfData -d /dev/slipway/trust "$context/${TRUST_STORE_FILE}"
  java -XX:-UsePerfData -cp /dev/slipway/trust SlipwayTrust "$extra" /dev/slipway/trust/store
  export MAVEN_OPTS="\${MAVEN_OPTS:-} -Djavax.net.ssl.trustStore=/dev/slipway/trust/store -Djavax.net.ssl.trustStorePassword=changeit"
else
  say 'there is no javac in this image: Java trusts only the certificates that it brings'
fi
`,
  files: () => ({ [TRUST_STORE_FILE]: TRUST_STORE }),
  install: `
need java 'which runs Maven'
need mvn 'which copies what pom.xml depends on'
folder=/javaAction/.m2/repository
list=/usr/share/slipway/jars.list
export MAVEN_OPTS="\${MAVEN_OPTS:-} -XX:-UsePerfData" # which would stay in /tmp
cp "$file" pom.xml
mkdir jars
mvn --batch-mode --no-transfer-progress -Dmaven.repo.local="$cache/maven" dependency:copy-dependencies \\
  -DoutputDirectory="$work/jars" -DincludeScope=runtime
mkdir -p "$folder" /usr/share/slipway
[ ! -f "$list" ] || while IFS= read -r name; do
  [ -f "jars/$name" ] || rm -f "$folder/$name"
done <"$list"
ls jars >"$list"
while IFS= read -r name; do
  cmp -s "jars/$name" "$folder/$name" || mv "jars/$name" "$folder/$name"
done <"$list"
`,
};
