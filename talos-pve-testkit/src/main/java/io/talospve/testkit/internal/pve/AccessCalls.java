package io.talospve.testkit.internal.pve;

import static io.talospve.testkit.internal.pve.Param.bool;
import static io.talospve.testkit.internal.pve.Param.integer;
import static io.talospve.testkit.internal.pve.Param.string;

import io.talospve.testkit.internal.world.Accounts;
import io.talospve.testkit.internal.world.World;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Calls under {@code /access}: login, users, tokens, roles, rules of access. */
final class AccessCalls {
    private final World world;
    private final Sessions sessions;

    AccessCalls(World world, Sessions sessions) {
        this.world = world;
        this.sessions = sessions;
    }

    void addTo(Endpoints endpoints) {
        List<Param> none = List.of();
        List<Param> onUser = List.of(string("userid").must().maxLength(64).format(Formats::userId));
        List<Param> onToken = List.of(onUser.get(0),
                string("tokenid").must().pattern("[A-Za-z][A-Za-z0-9.\\-_]+"));
        List<Param> onRole = List.of(string("roleid").must().format(Formats::roleId));
        endpoints
                .add("GET /access/ticket", false, endpoints.schema(none), Endpoints::anybody, c -> null)
                .add("POST /access/ticket", true,
                        endpoints.schema(none, bool("new-format"), string("otp"), string("password").must(),
                                string("path").maxLength(64).requires("privs"),
                                string("privs").maxLength(64).requires("path"), string("realm").maxLength(32),
                                string("tfa-challenge"), string("username").must().maxLength(64)),
                        Endpoints::anybody, this::login)
                .add("GET /access/permissions", false,
                        endpoints.schema(none, string("path"), string("userid")), Endpoints::anybody,
                        this::permissions)
                .add("PUT /access/password", true,
                        endpoints.schema(onUser, string("password").must().minLength(8).maxLength(64), string("confirmation-password").minLength(5).maxLength(64)),
                        Endpoints::anybody, this::password)
                .add("GET /access/users", true, endpoints.schema(none, bool("enabled"), bool("full")),
                        Endpoints::anybody, this::users)
                .add("POST /access/users", true,
                        endpoints.schema(onUser, string("comment"), string("email"), bool("enable"),
                                integer("expire").min(0), string("firstname"), string("groups"), string("keys"),
                                string("lastname"), string("password").minLength(8).maxLength(64)),
                        c -> c.demand("/access/groups", "User.Modify"), this::addUser)
                .add("DELETE /access/users/{userid}", true, endpoints.schema(onUser),
                        c -> c.demand("/access/groups", "User.Modify"), this::removeUser)
                .add("GET /access/users/{userid}", false, endpoints.schema(onUser), Endpoints::anybody,
                        c -> userJson(user(c)))
                .add("GET /access/users/{userid}/token", false, endpoints.schema(onUser), AccessCalls::selfOrAdmin,
                        c -> user(c).tokens().values().stream().map(AccessCalls::tokenJson).toList())
                .add("GET /access/users/{userid}/token/{tokenid}", false, endpoints.schema(onToken),
                        AccessCalls::selfOrAdmin, c -> tokenJson(token(c)))
                .add("POST /access/users/{userid}/token/{tokenid}", true,
                        endpoints.schema(onToken, string("comment"), integer("expire").min(0), bool("privsep")),
                        AccessCalls::selfOrAdmin, this::addToken)
                .add("DELETE /access/users/{userid}/token/{tokenid}", true, endpoints.schema(onToken),
                        AccessCalls::selfOrAdmin, c -> {
                            token(c);
                            quorum("delete token");
                            user(c).tokens().remove(c.text("tokenid"));
                            String who = c.text("userid") + "!" + c.text("tokenid");
                            world.accounts().rules().removeIf(r -> r.who().equals(who));
                            return null;
                        })
                .add("GET /access/roles", false, endpoints.schema(none), Endpoints::anybody, c -> roles())
                .add("GET /access/roles/{roleid}", false, endpoints.schema(onRole), Endpoints::anybody,
                        c -> ones(role(c.text("roleid"))))
                .add("POST /access/roles", true, endpoints.schema(onRole, string("privs")),
                        c -> c.demand("/access", "Sys.Modify"), this::addRole)
                .add("PUT /access/roles/{roleid}", true, endpoints.schema(onRole, bool("append").requires("privs"),
                        string("privs")), c -> c.demand("/access", "Sys.Modify"), this::changeRole)
                .add("DELETE /access/roles/{roleid}", true, endpoints.schema(onRole),
                        c -> c.demand("/access", "Sys.Modify"), this::removeRole)
                .add("GET /access/acl", false, endpoints.schema(none), Endpoints::anybody, this::rules)
                .add("PUT /access/acl", true,
                        endpoints.schema(none, bool("delete"), string("groups"), string("path").must(),
                                bool("propagate"), string("roles").must(), string("tokens"), string("users")),
                        c -> c.demand(c.text("path"), "Permissions.Modify"), this::changeRules);
    }

    private void quorum(String what) {
        if (!world.quorate()) {
            throw ApiError.die(what + " failed: cfs-lock 'file-user_cfg' error: no quorum!");
        }
    }

    // ---- login ----

    private Object login(Call call) {
        String name = call.text("username");
        String user = call.has("realm") && !name.contains("@") ? name + "@" + call.text("realm") : name;
        String password = call.text("password");
        Accounts.User account = world.accounts().users().get(user);
        boolean byTicket = sessions.userOf(password).map(user::equals).orElse(false);
        boolean right = account != null && account.enabled()
                && (byTicket || (!account.password().isEmpty() && account.password().equals(password)));
        if (!right) {
            throw ApiError.of(401, "authentication failure");
        }
        Sessions.Ticket ticket = sessions.issue(user);
        Map<String, Object> json = new TreeMap<>();
        json.put("username", user);
        json.put("ticket", ticket.ticket());
        json.put("CSRFPreventionToken", ticket.csrf());
        json.put("clustername", world.clusterName());
        json.put("cap", capabilities(user));
        return json;
    }

    private Map<String, Object> capabilities(String user) {
        Map<String, Object> all = new TreeMap<>();
        Map.of("access", "/access", "dc", "/", "nodes", "/nodes", "sdn", "/sdn", "storage", "/storage", "vms", "/vms",
                "mapping", "/mapping").forEach((area, path) -> {
            Set<String> wanted = new TreeSet<>();
            for (String privilege : world.accounts().on(user, path, Optional.empty())) {
                boolean belongs = switch (area) {
                    case "access" -> privilege.startsWith("User.") || privilege.startsWith("Group.");
                    case "dc" -> List.of("Sys.Audit", "Sys.Modify", "SDN.Audit", "SDN.Allocate", "SDN.Use")
                            .contains(privilege);
                    case "nodes" -> privilege.startsWith("Sys.");
                    case "sdn" -> privilege.startsWith("SDN.");
                    case "storage" -> privilege.startsWith("Datastore.");
                    case "vms" -> privilege.startsWith("VM.");
                    default -> privilege.startsWith("Mapping.");
                };
                if (belongs || (privilege.equals("Permissions.Modify") && !area.equals("dc"))) {
                    wanted.add(privilege);
                }
            }
            all.put(area, ones(wanted));
        });
        return all;
    }

    private static Map<String, Object> ones(Set<String> names) {
        Map<String, Object> json = new TreeMap<>();
        names.forEach(n -> json.put(n, 1));
        return json;
    }

    private Object permissions(Call call) {
        String who = call.text("userid", call.caller().authId());
        if (!who.equals(call.caller().authId())) {
            call.demand("/access", "Sys.Audit");
        }
        Map<String, Object> json = new TreeMap<>();
        if (call.has("path")) {
            String path = call.text("path");
            json.put(path, ones(call.privileges(path, Optional.empty())));
            return json;
        }
        world.accounts().overview(who).forEach((path, privileges) -> json.put(path, ones(privileges)));
        return json;
    }

    private @Nullable Object password(Call call) {
        Accounts.User account = user(call);
        if (!call.caller().user().equals(account.id())) {
            call.demand("/access/groups", "User.Modify");
        }
        account.password(call.text("password"));
        return null;
    }

    // ---- users and tokens ----

    private Accounts.User user(Call call) {
        return Optional.ofNullable(world.accounts().users().get(call.text("userid")))
                .orElseThrow(() -> ApiError.die("no such user ('" + call.text("userid") + "')"));
    }

    private static void selfOrAdmin(Call call) {
        if (!call.caller().user().equals(call.text("userid"))) {
            call.demand("/access/groups", "User.Modify");
        }
    }

    private Accounts.Token token(Call call) {
        return Optional.ofNullable(user(call).tokens().get(call.text("tokenid")))
                .orElseThrow(() -> ApiError.die("no such token '" + call.text("tokenid") + "' for user '"
                        + call.text("userid") + "'"));
    }

    private static Map<String, Object> tokenJson(Accounts.Token token) {
        Map<String, Object> json = new TreeMap<>();
        json.put("tokenid", token.id());
        json.put("privsep", token.separated() ? 1 : 0);
        json.put("expire", token.expire());
        if (!token.comment().isEmpty()) {
            json.put("comment", token.comment());
        }
        return json;
    }

    private static Map<String, Object> userJson(Accounts.User user) {
        Map<String, Object> json = new TreeMap<>();
        json.put("userid", user.id());
        json.put("enable", user.enabled() ? 1 : 0);
        json.put("expire", 0);
        json.put("realm-type", user.id().endsWith("@pam") ? "pam" : "pve");
        return json;
    }

    private Object users(Call call) {
        boolean admin = call.may("/access/groups", "User.Modify") || call.may("/access/groups", "Sys.Audit");
        return world.accounts().users().values().stream()
                .filter(u -> admin || u.id().equals(call.caller().user()))
                .map(AccessCalls::userJson)
                .toList();
    }

    private @Nullable Object addUser(Call call) {
        quorum("create user");
        String id = call.text("userid");
        if (world.accounts().users().containsKey(id)) {
            throw ApiError.die("create user failed: user '" + id + "' already exists");
        }
        if (!id.endsWith("@pve") && !id.endsWith("@pam")) {
            throw ApiError.die("create user failed: domain '" + id.substring(id.indexOf('@') + 1)
                    + "' does not exist");
        }
        world.accounts().add(id, call.text("password", "")).enabled(call.text("enable", "1").equals("1"));
        return null;
    }

    private @Nullable Object removeUser(Call call) {
        quorum("delete user");
        if (call.text("userid").equals(Accounts.ROOT)) {
            throw ApiError.die("delete user failed: root@pam may not be deleted");
        }
        world.accounts().remove(call.text("userid"));
        return null;
    }

    private Object addToken(Call call) {
        Accounts.User owner = user(call);
        String id = call.text("tokenid");
        if (owner.tokens().containsKey(id)) {
            throw ApiError.parameter("tokenid", "Token already exists.");
        }
        quorum("generating token");
        Accounts.Token made = new Accounts.Token(id, world.randomUuid().toString(),
                call.text("privsep", "1").equals("1"), call.text("comment", ""), call.number("expire", 0));
        owner.tokens().put(id, made);
        Map<String, Object> info = new LinkedHashMap<>();
        info.put("privsep", call.has("privsep") ? call.text("privsep") : Integer.valueOf(1));
        call.maybe("expire").ifPresent(e -> info.put("expire", e));
        call.maybe("comment").ifPresent(e -> info.put("comment", e));
        return Map.of("full-tokenid", owner.id() + "!" + id, "info", info, "value", made.secret());
    }

    // ---- roles and rules ----

    private Set<String> role(String id) {
        return Optional.ofNullable(world.accounts().roles().get(id))
                .orElseThrow(() -> ApiError.die("role '" + id + "' does not exist"));
    }

    private Object roles() {
        List<Map<String, Object>> all = new ArrayList<>();
        world.accounts().roles().forEach((id, privileges) -> all.add(new TreeMap<>(Map.of("roleid", id, "privs",
                String.join(",", new TreeSet<>(privileges)), "special", world.accounts().builtIn(id) ? 1 : 0))));
        return all;
    }

    private Set<String> privileges(String list, String failure) {
        Set<String> all = new TreeSet<>();
        for (String one : Formats.list(list)) {
            if (!world.accounts().privileges().contains(one)) {
                throw ApiError.die(failure + "invalid privilege '" + one + "'");
            }
            all.add(one);
        }
        return all;
    }

    private @Nullable Object addRole(Call call) {
        quorum("create role");
        String id = call.text("roleid");
        if (world.accounts().roles().containsKey(id)) {
            throw ApiError.die("create role failed: role '" + id + "' already exists");
        }
        if (id.startsWith("PVE")) {
            throw ApiError.parameter("roleid", "cannot use role ID starting with the (case-insensitive) 'PVE' namespace");
        }
        world.accounts().roles().put(id, privileges(call.text("privs", ""), "create role failed: "));
        return null;
    }

    private @Nullable Object changeRole(Call call) {
        quorum("modify role");
        Set<String> old = role(call.text("roleid"));
        if (world.accounts().builtIn(call.text("roleid"))) {
            throw ApiError.die("modify role failed: auto-generated role '" + call.text("roleid")
                    + "' cannot be modified");
        }
        Set<String> now = privileges(call.text("privs", ""), "modify role failed: ");
        if (call.flag("append")) {
            now.addAll(old);
        }
        world.accounts().roles().put(call.text("roleid"), now);
        return null;
    }

    private @Nullable Object removeRole(Call call) {
        quorum("delete role");
        String id = call.text("roleid");
        if (world.accounts().builtIn(id)) {
            throw ApiError.die("delete role failed: auto-generated role '" + id + "' cannot be deleted");
        }
        role(id);
        world.accounts().roles().remove(id);
        world.accounts().rules().removeIf(r -> r.role().equals(id));
        return null;
    }

    private Object rules(Call call) {
        return world.accounts().rules().stream()
                .filter(r -> call.may(r.path(), "Permissions.Modify") || call.may("/access", "Sys.Audit"))
                .map(r -> new TreeMap<>(Map.of("path", r.path(), "ugid", r.who(), "roleid", r.role(), "type",
                        r.who().contains("!") ? "token" : "user", "propagate", r.propagate() ? 1 : 0)))
                .toList();
    }

    private @Nullable Object changeRules(Call call) {
        if (!world.quorate()) {
            throw ApiError.die("ACL update failed: cfs-lock 'file-user_cfg' error: no quorum!");
        }
        String path = call.text("path");
        if (!path.matches("/|(/(access|nodes|pool|sdn|storage|vms|mapping)(/.*)?)")) {
            throw ApiError.parameter("path", "invalid ACL path '" + path + "'");
        }
        List<String> who = new ArrayList<>(Formats.list(call.text("users", "")));
        who.addAll(Formats.list(call.text("tokens", "")));
        for (String role : Formats.list(call.text("roles"))) {
            if (!world.accounts().roles().containsKey(role)) {
                throw ApiError.die("ACL update failed: role '" + role + "' does not exist");
            }
            for (String one : who) {
                known(one);
                world.accounts().rules().removeIf(
                        r -> r.path().equals(path) && r.who().equals(one) && r.role().equals(role));
                if (!call.flag("delete")) {
                    world.accounts().rules().add(
                            new Accounts.Rule(path, one, role, call.text("propagate", "1").equals("1")));
                }
            }
        }
        return null;
    }

    private void known(String authId) {
        int mark = authId.indexOf('!');
        String user = mark < 0 ? authId : authId.substring(0, mark);
        Accounts.User account = world.accounts().users().get(user);
        if (account == null) {
            throw ApiError.die("ACL update failed: user '" + user + "' does not exist");
        }
        if (mark > 0 && !account.tokens().containsKey(authId.substring(mark + 1))) {
            throw ApiError.die("ACL update failed: no such token '" + authId.substring(mark + 1) + "' for user '" + user
                    + "'");
        }
    }
}
