package io.talospve.testkit.junit;

import io.talospve.testkit.internal.world.PveVersion;
import java.util.Optional;
import org.junit.jupiter.api.Nested;

/**
 * The contract, kept by the client with the simulated Proxmox VE of both versions, each with an account that may do
 * everything and with the ones that docs/security.md describes.
 */
class SimulatedProxmoxContractTest {
    @Nested
    class Version84 extends OnSimulation {
        Version84() {
            super(PveVersion.V8_4, Account.ROOT);
        }
    }

    @Nested
    class Version92 extends OnSimulation {
        Version92() {
            super(PveVersion.V9_2, Account.ROOT);
        }
    }

    @Nested
    class Version84LeastPrivilege extends OnSimulation {
        Version84LeastPrivilege() {
            super(PveVersion.V8_4, Account.DOCUMENTED);
        }
    }

    @Nested
    class Version92LeastPrivilege extends OnSimulation {
        Version92LeastPrivilege() {
            super(PveVersion.V9_2, Account.DOCUMENTED);
        }
    }

    @Nested
    class Version92OnlyThroughAPool extends OnSimulation {
        Version92OnlyThroughAPool() {
            super(PveVersion.V9_2, Account.DOCUMENTED_IN_POOL);
        }
    }

    private enum Account {
        ROOT,
        DOCUMENTED,
        DOCUMENTED_IN_POOL
    }

    abstract static class OnSimulation extends HypervisorContract {
        private final PveVersion version;
        private final Account account;
        private Simulation simulation;

        OnSimulation(PveVersion version, Account account) {
            this.version = version;
            this.account = account;
        }

        @Override
        protected Place place() {
            simulation = new Simulation(version);
            boolean inPool = account == Account.DOCUMENTED_IN_POOL;
            String token = account == Account.ROOT
                    ? simulation.server.apiToken()
                    : DocumentedAccount.create(simulation.world, version == PveVersion.V8_4 ? 8 : 9, inPool);
            return new Place(
                    simulation.connect(token),
                    simulation.clock,
                    "alpha",
                    "local-lvm",
                    "vmbr0",
                    inPool ? Optional.of(DocumentedAccount.POOL) : Optional.empty(),
                    Optional.of(new Image("nas", Simulation.IMAGE_URL)));
        }

        @Override
        protected void leave() {
            simulation.close();
        }
    }
}
