package io.talospve.helm;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** The whole environment of a process that runs Helm: nothing of ours, and every place Helm knows in a private folder. */
final class HelmEnvironment {
    private HelmEnvironment() {}

    /**
     * The variables.
     *
     * @param folder a private folder
     * @param memoryLimit what Go's collector aims at, in MiB
     */
    static Map<String, String> in(Path folder, int memoryLimit) {
        Map<String, String> environment = new LinkedHashMap<>();
        String home = folder.resolve("home").toString();
        for (String name : new String[] {
            "HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "HELM_CACHE_HOME",
            "HELM_CONFIG_HOME", "HELM_DATA_HOME", "HELM_PLUGINS", "HELM_REPOSITORY_CACHE"
        }) {
            environment.put(name, home);
        }
        String temporary = folder.toString();
        for (String name : new String[] {"TMPDIR", "TMP", "TEMP"}) {
            environment.put(name, temporary);
        }
        environment.put("KUBECONFIG", kubeconfig(folder).toString());
        environment.put("HELM_REPOSITORY_CONFIG", folder.resolve("home").resolve("repositories.yaml").toString());
        environment.put("HELM_REGISTRY_CONFIG", folder.resolve("home").resolve("registry.json").toString());
        environment.put("HELM_NO_PLUGINS", "1");
        environment.put("GOMEMLIMIT", memoryLimit + "MiB");
        environment.put("GOMAXPROCS", "2");
        environment.put("LC_ALL", "C");
        return environment;
    }

    static Path kubeconfig(Path folder) {
        return folder.resolve("kubeconfig");
    }
}
