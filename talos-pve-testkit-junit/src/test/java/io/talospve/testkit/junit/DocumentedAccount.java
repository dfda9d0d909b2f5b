package io.talospve.testkit.junit;

import io.talospve.testkit.internal.world.Accounts;
import io.talospve.testkit.internal.world.Accounts.Rule;
import io.talospve.testkit.internal.world.Accounts.Token;
import io.talospve.testkit.internal.world.Pool;
import io.talospve.testkit.internal.world.World;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Runs the commands of docs/security.md in a simulated cluster. */
final class DocumentedAccount {
    static final String POOL = "talos";

    private static final Path DOCUMENT = Path.of("../docs/security.md");
    private static final Pattern ROLE = Pattern.compile("pveum role add (\\S+) --privs \"([^\"]+)\"");
    private static final Pattern USER = Pattern.compile("pveum user add (\\S+)");
    private static final Pattern TOKEN = Pattern.compile("pveum user token add (\\S+) (\\S+) --privsep 0");
    private static final Pattern ACL = Pattern.compile("pveum acl modify (\\S+) --users (\\S+) --roles (\\S+)");

    private DocumentedAccount() {}

    /**
     * Makes the account.
     *
     * @param major version whose block is run
     * @param inPool whether the rights on machines are on the pool only
     * @return its API token
     */
    static String create(World world, int major, boolean inPool) {
        String[] token = new String[1];
        List<String> commands = block(major);
        world.locked(() -> {
            Accounts accounts = world.accounts();
            if (inPool) {
                world.pools().put(POOL, new Pool(POOL));
            }
            for (String command : commands) {
                token[0] = run(command, accounts, inPool, token[0]);
            }
        });
        return token[0];
    }

    private static String run(String command, Accounts accounts, boolean inPool, String token) {
        Matcher role = ROLE.matcher(command);
        Matcher user = USER.matcher(command);
        Matcher secret = TOKEN.matcher(command);
        Matcher acl = ACL.matcher(command);
        if (role.matches()) {
            Set<String> privileges = new TreeSet<>(List.of(role.group(2).split(" ")));
            if (!accounts.privileges().containsAll(privileges)) {
                throw new AssertionError("this version refuses: " + command);
            }
            accounts.roles().put(role.group(1), privileges);
        } else if (secret.matches()) {
            String value = "7b1f3c52-0000-4000-8000-00000000beef";
            accounts.users().get(secret.group(1)).tokens().put(
                    secret.group(2), new Token(secret.group(2), value, false, "", 0));
            return secret.group(1) + "!" + secret.group(2) + "=" + value;
        } else if (user.matches()) {
            accounts.add(user.group(1), "unused");
        } else if (acl.matches()) {
            String path = inPool && acl.group(1).equals("/vms") ? "/pool/" + POOL : acl.group(1);
            for (String name : acl.group(3).split(",")) {
                if (!accounts.roles().containsKey(name)) {
                    throw new AssertionError("no such role: " + command);
                }
                accounts.rules().add(new Rule(path, acl.group(2), name, true));
            }
        } else {
            throw new AssertionError("not understood: " + command);
        }
        return token;
    }

    private static List<String> block(int major) {
        try {
            String text = Files.readString(DOCUMENT);
            String section = text.substring(text.indexOf("### Proxmox VE " + major));
            int start = section.indexOf("```sh\n") + "```sh\n".length();
            return section.substring(start, section.indexOf("```", start)).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
