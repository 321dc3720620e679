/** The file's name in the context: Java wants it to be the name of the class. */
export const TRUST_STORE_FILE = 'SlipwayTrust.java';

/** The program that writes a store of the certificates that Java trusts already and those of a PEM file. */
export const TRUST_STORE = `import java.io.*;
import java.nio.file.*;
import java.security.KeyStore;
import java.security.cert.*;
import javax.net.ssl.*;

public class SlipwayTrust {
    public static void main(String[] arguments) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        int number = 0;
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init((KeyStore) null);
        for (TrustManager manager : factory.getTrustManagers())
            for (Certificate each : ((X509TrustManager) manager).getAcceptedIssuers())
                store.setCertificateEntry("own-" + number++, each);
        try (InputStream bundle = new BufferedInputStream(Files.newInputStream(Paths.get(arguments[0])))) {
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(bundle))
                store.setCertificateEntry("extra-" + number++, each);
        }
        try (OutputStream out = Files.newOutputStream(Paths.get(arguments[1]))) {
            store.store(out, "changeit".toCharArray());
        }
    }
}
`;
