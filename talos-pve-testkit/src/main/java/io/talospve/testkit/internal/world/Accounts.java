package io.talospve.testkit.internal.world;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Users, tokens, roles and access rules of the cluster, as user.cfg has them. Guarded by the world's lock. */
public final class Accounts {
    /** The one user that everything is allowed. */
    public static final String ROOT = "root@pam";

    private static final List<String> COMMON = List.of(
            "Datastore.Allocate", "Datastore.AllocateSpace", "Datastore.AllocateTemplate", "Datastore.Audit",
            "Group.Allocate", "Mapping.Audit", "Mapping.Modify", "Mapping.Use", "Permissions.Modify", "Pool.Allocate",
            "Pool.Audit", "Realm.Allocate", "Realm.AllocateUser", "SDN.Allocate", "SDN.Audit", "SDN.Use",
            "Sys.AccessNetwork", "Sys.Audit", "Sys.Console", "Sys.Incoming", "Sys.Modify", "Sys.PowerMgmt",
            "Sys.Syslog", "User.Modify", "VM.Allocate", "VM.Audit", "VM.Backup", "VM.Clone", "VM.Config.CDROM",
            "VM.Config.CPU", "VM.Config.Cloudinit", "VM.Config.Disk", "VM.Config.HWType", "VM.Config.Memory",
            "VM.Config.Network", "VM.Config.Options", "VM.Console", "VM.Migrate", "VM.PowerMgmt", "VM.Snapshot",
            "VM.Snapshot.Rollback");

    private final TreeMap<String, User> users = new TreeMap<>();
    private final TreeMap<String, Set<String>> roles = new TreeMap<>();
    private final Set<String> builtIn;
    private final Set<String> privileges;
    private final List<Rule> rules = new ArrayList<>();

    /** A user. */
    public static final class User {
        private final String id;
        private String password;
        private boolean enabled = true;
        private final Map<String, Token> tokens = new LinkedHashMap<>();

        User(String id, String password) {
            this.id = id;
            this.password = password;
        }

        /** {@code name@realm}. */
        public String id() {
            return id;
        }

        /** The password; empty for none. */
        public String password() {
            return password;
        }

        /** Sets the password. */
        public void password(String newPassword) {
            password = newPassword;
        }

        /** Whether it may log in. */
        public boolean enabled() {
            return enabled;
        }

        /** Lets it log in or not. */
        public void enabled(boolean isEnabled) {
            enabled = isEnabled;
        }

        /** Its tokens by id; mutable. */
        public Map<String, Token> tokens() {
            return tokens;
        }
    }

    /**
     * An API token.
     *
     * @param id id behind the exclamation mark
     * @param secret the secret
     * @param separated whether it has only the privileges given to itself
     * @param comment comment
     * @param expire end in seconds since the epoch, 0 for never
     */
    public record Token(String id, String secret, boolean separated, String comment, long expire) {
        @Override
        public String toString() {
            return "Token[" + id + "]";
        }
    }

    /**
     * A rule of access.
     *
     * @param path what it is about
     * @param who user or token
     * @param role role given
     * @param propagate whether paths below have it too
     */
    public record Rule(String path, String who, String role, boolean propagate) {}

    Accounts(PveVersion version, String rootPassword) {
        Set<String> all = new TreeSet<>(COMMON);
        if (version.nine()) {
            all.addAll(List.of(
                    "VM.GuestAgent.Audit", "VM.GuestAgent.FileRead", "VM.GuestAgent.FileSystemMgmt",
                    "VM.GuestAgent.FileWrite", "VM.GuestAgent.Unrestricted", "VM.Replicate"));
        } else {
            all.add("VM.Monitor");
        }
        privileges = Set.copyOf(all);
        roles.put("Administrator", all);
        roles.put("NoAccess", Set.of());
        roles.put("PVEAdmin", filter(all, p -> !List.of("Permissions.Modify", "Sys.Modify", "Sys.PowerMgmt",
                "Sys.AccessNetwork", "Sys.Incoming", "Realm.Allocate", "Realm.AllocateUser", "SDN.Allocate")
                .contains(p)));
        roles.put("PVEAuditor", filter(all, p -> p.endsWith(".Audit")));
        roles.put("PVEDatastoreAdmin", filter(all, p -> p.startsWith("Datastore.")));
        roles.put("PVEDatastoreUser", Set.of("Datastore.AllocateSpace", "Datastore.Audit"));
        roles.put("PVEPoolAdmin", Set.of("Pool.Allocate", "Pool.Audit"));
        roles.put("PVEPoolUser", Set.of("Pool.Audit"));
        roles.put("PVESDNUser", Set.of("SDN.Audit", "SDN.Use"));
        roles.put("PVESysAdmin", Set.of("Sys.Audit", "Sys.Console", "Sys.Syslog"));
        roles.put("PVETemplateUser", Set.of("VM.Audit", "VM.Clone"));
        roles.put("PVEUserAdmin", Set.of("Group.Allocate", "Realm.AllocateUser", "User.Modify"));
        roles.put("PVEVMAdmin", filter(all, p -> p.startsWith("VM.")));
        roles.put("PVEVMUser", filter(all, p -> List.of("VM.Audit", "VM.Backup", "VM.Config.CDROM",
                "VM.Config.Cloudinit", "VM.Console", "VM.PowerMgmt", "VM.GuestAgent.Audit").contains(p)));
        builtIn = Set.copyOf(roles.keySet());
        users.put(ROOT, new User(ROOT, rootPassword));
    }

    private static Set<String> filter(Set<String> all, java.util.function.Predicate<String> wanted) {
        return new TreeSet<>(all.stream().filter(wanted).toList());
    }

    /** All users by id. */
    public Map<String, User> users() {
        return users;
    }

    /** Adds a user. */
    public User add(String id, String password) {
        User user = new User(id, password);
        users.put(id, user);
        return user;
    }

    /** Removes a user with its tokens and rules. */
    public void remove(String id) {
        users.remove(id);
        rules.removeIf(r -> r.who().equals(id) || r.who().startsWith(id + "!"));
    }

    /** Roles with their privileges; mutable. */
    public Map<String, Set<String>> roles() {
        return roles;
    }

    /** Whether a role comes with the product. */
    public boolean builtIn(String role) {
        return builtIn.contains(role);
    }

    /** Every privilege that this version knows. */
    public Set<String> privileges() {
        return privileges;
    }

    /** The rules; mutable. */
    public List<Rule> rules() {
        return rules;
    }

    /**
     * The privileges that somebody has on a path.
     *
     * @param authId user or token
     * @param path path, {@code /vms/100}
     * @param pool pool of what the path names, if it is in one
     */
    public Set<String> on(String authId, String path, Optional<String> pool) {
        if (authId.equals(ROOT)) {
            return privileges;
        }
        int mark = authId.indexOf('!');
        if (mark > 0) {
            String user = authId.substring(0, mark);
            Set<String> ofUser = on(user, path, pool);
            Token token = Optional.ofNullable(users.get(user)).map(u -> u.tokens.get(authId.substring(mark + 1)))
                    .orElse(null);
            if (token == null) {
                return Set.of();
            }
            if (!token.separated()) {
                return ofUser;
            }
            Set<String> both = new TreeSet<>(granted(authId, path, pool));
            both.retainAll(ofUser);
            return both;
        }
        return granted(authId, path, pool);
    }

    private Set<String> granted(String who, String path, Optional<String> pool) {
        Set<String> roleNames = new LinkedHashSet<>(rolesAt(who, path));
        if (!roleNames.contains("NoAccess")) {
            pool.ifPresent(p -> rolesAt(who, "/pool/" + p).stream()
                    .filter(r -> !r.equals("NoAccess")).forEach(roleNames::add));
        }
        if (roleNames.contains("NoAccess")) {
            return Set.of();
        }
        Set<String> granted = new TreeSet<>();
        roleNames.forEach(r -> granted.addAll(roles.getOrDefault(r, Set.of())));
        return granted;
    }

    /** Roles on a path: the rules nearest to it count, those above only where nothing nearer says anything. */
    private Set<String> rolesAt(String who, String path) {
        Set<String> current = Set.of();
        for (String at : upwards(path)) {
            Set<String> here = new LinkedHashSet<>();
            for (Rule rule : rules) {
                if (rule.who().equals(who) && rule.path().equals(at) && (rule.propagate() || at.equals(path))) {
                    here.add(rule.role());
                }
            }
            if (!here.isEmpty()) {
                current = here;
            }
        }
        return current;
    }

    private static List<String> upwards(String path) {
        List<String> all = new ArrayList<>(List.of("/"));
        StringBuilder at = new StringBuilder();
        for (String part : path.split("/")) {
            if (!part.isEmpty()) {
                at.append('/').append(part);
                all.add(at.toString());
            }
        }
        return all;
    }

    /** Every path that a rule of somebody names, with the privileges there. */
    public Map<String, Set<String>> overview(String authId) {
        Map<String, Set<String>> all = new HashMap<>();
        if (authId.equals(ROOT) || (authId.startsWith(ROOT + "!") && on(authId, "/", Optional.empty()) == privileges)) {
            for (String path : Arrays.asList("/", "/access", "/nodes", "/pool", "/sdn", "/storage", "/vms")) {
                all.put(path, privileges);
            }
            return all;
        }
        String user = authId.contains("!") ? authId.substring(0, authId.indexOf('!')) : authId;
        for (Rule rule : rules) {
            if (rule.who().equals(user) || rule.who().equals(authId)) {
                Set<String> here = on(authId, rule.path(), Optional.empty());
                if (!here.isEmpty()) {
                    all.put(rule.path(), here);
                }
            }
        }
        return all;
    }
}
