package io.talospve.testkit.internal.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.List;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.sec.SECObjectIdentifiers;
import org.bouncycastle.util.io.pem.PemReader;
import org.junit.jupiter.api.Test;

class NodePkiTest {
    @Test
    void theKeyOfAKubernetesClientNamesItsCurveSoThatGoCanReadIt() throws Exception {
        TestCa ca = new TestCa("kubernetes");
        TestCa.Issued issued = ca.issue("admin", List.of("admin"));
        String pem = new NodePki.Issued(issued.certificate(), issued.key()).keyPem();
        try (PemReader reader = new PemReader(new StringReader(pem))) {
            ECPrivateKey key = ECPrivateKey.getInstance(reader.readPemObject().getContent());
            assertThat(key.getParametersObject()).isEqualTo(SECObjectIdentifiers.secp256r1);
            assertThat(key.getPublicKey().getBytes()).hasSize(65);
        }
    }
}
