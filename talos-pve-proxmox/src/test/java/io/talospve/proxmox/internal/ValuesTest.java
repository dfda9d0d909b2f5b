package io.talospve.proxmox.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.talospve.error.ConfigurationException;
import io.talospve.error.RemoteException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ValuesTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "UPID:pve1:00000304:000737BB:6B0308AD:qmcreate:440:sc@pve!tok:|pve1|qmcreate|440",
                "UPID:pve-2:0000014C:000728C7A:6B030887:imgcopy::root@pam:|pve-2|imgcopy|''",
                "UPID:a:0000014c:000728c7:6b030887:download:talos-x_1.iso:root@pam:|a|download|talos-x_1.iso",
            })
    void upids(String text, String node, String type, String subject) {
        Upid upid = Upid.parse(text);
        assertThat(upid).extracting(Upid::node, Upid::type, Upid::subject).containsExactly(node, type, subject);
        assertThat(upid).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "none", "UPID:pve1:304:000737BB:6B0308AD:qmcreate:440:root@pam:",
                "UPID:pve1:00000304:000737BB:6B0308AD:qmcreate:440:root@pam",
                "UPID:../etc:00000304:000737BB:6B0308AD:qmcreate:440:root@pam:",
                "UPID:pve1/x:00000304:000737BB:6B0308AD:qmcreate:440:root@pam:",
            })
    void notUpids(String text) {
        assertThatThrownBy(() -> Upid.parse(text)).isInstanceOf(RemoteException.class);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "virtio=BC:24:11:89:1A:F9,bridge=vmbr0|bridge=vmbr0,virtio=BC:24:11:89:1A:F9|true",
                "nas:1/x.raw,size=8G,ssd=1|nas:1/x.raw,ssd=1,size=8G,|true",
                "nas:1/x.raw,size=8G|nas:1/x.raw,size=9G|false",
                "order=scsi0;ide2|order=scsi0;ide2|true",
                "a=1|a=1,b=2|false",
            })
    void propertyStringsAreEqualByMeaning(String one, String other, boolean equal) {
        assertThat(PropertyString.parse(one).equals(PropertyString.parse(other))).isEqualTo(equal);
    }

    @Test
    void propertyStringsKeepWhatStandsWithoutAKey() {
        PropertyString drive = PropertyString.parse("nas:iso/x.iso, media=cdrom ,size=368K,serial=a=b");
        assertThat(drive.bareOr("file")).contains("nas:iso/x.iso");
        assertThat(drive.get("media")).contains("cdrom");
        assertThat(drive.get("serial")).contains("a=b");
        assertThat(drive.get("size")).contains("368K");
        assertThat(PropertyString.parse("file=nas:1,a=on").bareOr("file")).contains("nas:1");
        assertThat(PropertyString.parse("file=nas:1,a=on").flag("a")).isTrue();
        assertThat(PropertyString.parse(" ").parts()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "128G,137438953472,128", "512M,536870912,0", "1536M,1610612736,1", "368K,376832,0", "1T,1099511627776,1024",
        "1.5G,1610612736,1", "1073741824,1073741824,1",
    })
    void diskSizes(String text, long bytes, long gib) {
        assertThat(DiskSize.bytes(text)).hasValue(bytes);
        assertThat(DiskSize.gib(text)).isEqualTo(gib);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "G", "12X", "-1G", "1,5G"})
    void notDiskSizes(String text) {
        assertThat(DiskSize.bytes(text)).isEmpty();
    }

    @Test
    void tags() {
        assertThat(Tags.parse("talos;Cluster-A, k8s talos")).isEqualTo(Set.of("talos", "cluster-a", "k8s"));
        assertThat(Tags.parse("")).isEmpty();
        assertThat(Tags.format(Set.of("k8s", "Talos"))).isEqualTo("k8s;talos");
    }

    @ParameterizedTest
    @CsvSource({
        "https://pve:8006,https://pve:8006",
        "https://pve:8006/,https://pve:8006",
        "https://pve,https://pve:8006",
        "https://pve:443/api2/json/,https://pve:443",
        "HTTPS://10.0.0.1:8006/api2/json,https://10.0.0.1:8006",
        "https://[fd00::1]:8006,https://[fd00::1]:8006",
    })
    void endpoints(String given, String base) {
        assertThat(Endpoint.of(URI.create(given)).base()).isEqualTo(base);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://pve:8006", "pve:8006", "https:///x", "https://pve:8006/ui", "https://pve?x=1", "https://root:hunter2@pve"})
    void notEndpoints(String given) {
        assertThatThrownBy(() -> Endpoint.of(URI.create(given)))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void formsSurvivePveproxysDecoding() {
        Random random = new Random(17);
        String alphabet = "aZ09=;&%+ \n\"'{}[]/?#äß€😀,~!@:";
        for (int round = 0; round < 500; round++) {
            Map<String, String> parameters = new TreeMap<>();
            for (int i = 0; i < 4; i++) {
                StringBuilder value = new StringBuilder();
                random.ints(random.nextInt(12), 0, alphabet.codePointCount(0, alphabet.length()))
                        .forEach(n -> value.appendCodePoint(alphabet.codePointAt(alphabet.offsetByCodePoints(0, n))));
                parameters.put("p" + i, value.toString());
            }
            Map<String, String> decoded = new TreeMap<>();
            for (String pair : FormEncoding.form(parameters).split("[&;]")) {
                String[] parts = pair.split("=");
                decoded.put(parts[0], parts.length < 2 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
            }
            assertThat(decoded).isEqualTo(parameters);
        }
    }

    @Test
    void aCallShowsNoParameters() {
        assertThat(Call.post("access", "ticket").with("password", "hunter2").toString()).isEqualTo("POST /access/ticket");
    }
}
