// Drives the simulated Talos machines through their life with Talos' own Go client: what that client takes for a Talos
// machine, other clients do, too. Reads one line of JSON about the machines from standard input.
package main

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/safe"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/siderolabs/talos/pkg/machinery/api/common"
	"github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/client"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/generate"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	configmachine "github.com/siderolabs/talos/pkg/machinery/config/machine"
	"github.com/siderolabs/talos/pkg/machinery/resources/block"
	"github.com/siderolabs/talos/pkg/machinery/resources/cluster"
	"github.com/siderolabs/talos/pkg/machinery/resources/hardware"
	"github.com/siderolabs/talos/pkg/machinery/resources/network"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
)

const (
	first  = "192.168.62.21"
	second = "192.168.62.22"
	worker = "192.168.62.24"
)

var done int

func check(what string, ok bool, seen any) {
	if !ok {
		fmt.Printf("FAILED %s: %v\n", what, seen)
		os.Exit(1)
	}
	done++
	fmt.Printf("ok     %s\n", what)
}

func must(what string, err error) { check(what, err == nil, err) }

func refused(what string, err error, code codes.Code, text string) {
	check(what, status.Code(err) == code && strings.Contains(fmt.Sprint(err), text), err)
}

// until repeats a call that may fail for a while; a simulated machine takes seconds for what a real one needs minutes.
func until(ctx context.Context, what string, try func(context.Context) error) {
	var last error
	for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		attempt, cancel := context.WithTimeout(ctx, 10*time.Second)
		last = try(attempt)
		cancel()
		if last == nil {
			must(what, nil)
			return
		}
	}
	must(what, last)
}

func maintenance(ctx context.Context, address string) *client.Client {
	c, err := client.New(ctx, client.WithTLSConfig(&tls.Config{InsecureSkipVerify: true}), client.WithEndpoints(address))
	must("maintenance client of "+address, err)
	return c
}

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	must("the machines' description", err)
	var machines struct{ Proxy, Installer string }
	must("its JSON", json.Unmarshal([]byte(line), &machines))
	must("the proxy", os.Setenv("HTTPS_PROXY", machines.Proxy))

	contract := config.TalosVersion1_12
	bundle, err := secrets.NewBundle(secrets.NewClock(), contract)
	must("secrets bundle", err)
	input, err := generate.NewInput("interop", "https://"+first+":6443", "1.35.0",
		generate.WithSecretsBundle(bundle), generate.WithVersionContract(contract),
		generate.WithInstallDisk("/dev/sda"), generate.WithInstallImage(machines.Installer),
		generate.WithEndpointList([]string{first, second}))
	must("generator", err)

	bringUp(ctx, input)
	talosconfig, err := input.Talosconfig()
	must("talosconfig", err)
	c, err := client.New(ctx, client.WithConfig(talosconfig), client.WithEndpoints(first))
	must("client", err)
	defer c.Close() //nolint:errcheck
	bootstrap(ctx, c)
	observe(ctx, c)
	credentials(ctx, c)
	upgrade(ctx, c, machines.Installer)
	reset(ctx, c)
	fmt.Printf("%d checks passed with Talos' Go client\n", done)
}

func bringUp(ctx context.Context, input *generate.Input) {
	for _, address := range []string{first, second, worker} {
		c := maintenance(ctx, address)
		until(ctx, "maintenance mode of "+address, func(ctx context.Context) error {
			got, err := safe.StateGetByID[*runtime.MachineStatus](ctx, c.COSI, runtime.MachineStatusID)
			if err != nil {
				return err
			}
			if got.TypedSpec().Stage != runtime.MachineStageMaintenance || !got.TypedSpec().Status.Ready {
				return fmt.Errorf("stage %s", got.TypedSpec().Stage)
			}
			return nil
		})
		_, err := c.Version(ctx)
		refused("Version in maintenance mode", err, codes.Unimplemented, "API is not implemented in maintenance mode")
		_, err = safe.StateGetByID[*hardware.SystemInformation](ctx, c.COSI, hardware.SystemInformationID)
		must("SystemInformation", err)
		disks, err := safe.StateListAll[*block.Disk](ctx, c.COSI)
		must("Disks", err)
		check("a disk with a wwid", disks.Len() == 1 && strings.HasPrefix(disks.Get(0).TypedSpec().WWID, "naa.5"), disks)
		links, err := safe.StateListAll[*network.LinkStatus](ctx, c.COSI)
		must("LinkStatuses", err)
		check("eth0 and lo", links.Len() == 2, links.Len())
		_, err = c.ApplyConfiguration(ctx, &machine.ApplyConfigurationRequest{Data: []byte("machine: {")})
		refused("a broken configuration", err, codes.Unknown, "failed to parse config")
		kind := configmachine.TypeControlPlane
		if address == worker {
			kind = configmachine.TypeWorker
		}
		provider, err := input.Config(kind)
		must("configuration", err)
		data, err := provider.Bytes()
		must("its bytes", err)
		_, err = c.ApplyConfiguration(ctx, &machine.ApplyConfigurationRequest{Data: data, Mode: machine.ApplyConfigurationRequest_NO_REBOOT})
		refused("NO_REBOOT in maintenance mode", err, codes.Unimplemented, "is not supported in maintenance mode")
		_, err = c.ApplyConfiguration(ctx, &machine.ApplyConfigurationRequest{Data: data})
		must("ApplyConfiguration to "+address, err)
		c.Close() //nolint:errcheck
	}
}

func bootstrap(ctx context.Context, c *client.Client) {
	for _, address := range []string{first, second, worker} {
		until(ctx, "apid of "+address, func(ctx context.Context) error {
			_, err := c.Version(client.WithNode(ctx, address))
			return err
		})
	}
	err := c.Bootstrap(client.WithNode(ctx, worker), &machine.BootstrapRequest{})
	refused("Bootstrap of a worker", err, codes.FailedPrecondition, "bootstrap can only be performed on a control plane node")
	short, cancel := context.WithTimeout(ctx, time.Second)
	_, err = c.EtcdMemberList(short, &machine.EtcdMemberListRequest{})
	cancel()
	refused("etcd calls before bootstrap hang", err, codes.DeadlineExceeded, "")

	events := make(chan state.Event)
	watch, stop := context.WithCancel(ctx)
	defer stop()
	must("watch of MachineStatus", c.COSI.Watch(watch, runtime.NewMachineStatus().Metadata(), events))
	must("Bootstrap", c.Bootstrap(ctx, &machine.BootstrapRequest{}))
	for event := range events {
		if event.Error != nil {
			must("watch", event.Error)
		}
		if got, ok := event.Resource.(*runtime.MachineStatus); ok &&
			got.TypedSpec().Stage == runtime.MachineStageRunning && got.TypedSpec().Status.Ready {
			break
		}
	}
	check("running and ready, seen by the watch", true, nil)
	until(ctx, "two etcd members, as the second sees them", func(ctx context.Context) error {
		got, err := c.EtcdMemberList(client.WithNode(ctx, second), &machine.EtcdMemberListRequest{QueryLocal: true})
		if err != nil {
			return err
		}
		if n := len(got.Messages[0].Members); n != 2 {
			return fmt.Errorf("%d members", n)
		}
		return nil
	})
	err = c.Bootstrap(ctx, &machine.BootstrapRequest{})
	refused("Bootstrap again", err, codes.AlreadyExists, "etcd data directory is not empty")
	err = c.Bootstrap(client.WithNode(ctx, second), &machine.BootstrapRequest{})
	refused("Bootstrap of the second", err, codes.AlreadyExists, "etcd data directory is not empty")
}

func observe(ctx context.Context, c *client.Client) {
	until(ctx, "three discovery members", func(ctx context.Context) error {
		members, err := safe.StateListAll[*cluster.Member](ctx, c.COSI)
		if err == nil && members.Len() != 3 {
			err = fmt.Errorf("%d members", members.Len())
		}
		return err
	})
	versions, err := c.Version(client.WithNodes(ctx, first, second, worker))
	must("Version of many nodes", err)
	check("one answer each", len(versions.Messages) == 3, versions)
	_, err = c.Version(client.WithNodes(ctx, first, "192.168.62.99"))
	check("an error of one node", err != nil && strings.Contains(err.Error(), "no route to host"), err)
	services, err := c.ServiceList(ctx)
	must("ServiceList", err)
	check("eight services", len(services.Messages[0].Services) >= 7, services)
	status, err := c.MachineClient.EtcdStatus(ctx, &emptypb.Empty{})
	must("EtcdStatus", err)
	check("a leader", status.Messages[0].MemberStatus.Leader != 0, status)
	logs, err := c.Logs(ctx, "system", common.ContainerDriver_CONTAINERD, "machined", false, 5)
	must("Logs", err)
	got, err := logs.Recv()
	must("a log line", err)
	check("of machined", len(got.Bytes) > 0, got)
	events, err := c.MachineClient.Events(ctx, &machine.EventsRequest{TailEvents: -1})
	must("Events", err)
	for seen := 0; seen < 5; seen++ {
		_, err = events.Recv()
		must("an event", err)
	}
	memory, err := c.Memory(ctx)
	must("Memory", err)
	check("8 GiB", memory.Messages[0].Meminfo.Memtotal == 8<<20, memory)
	disks, err := c.Disks(ctx)
	must("storage Disks", err)
	check("the system disk", disks.Messages[0].Disks[0].SystemDisk, disks)
	_, err = c.COSI.Get(ctx, resource.NewMetadata("runtime", "NoSuchThings.talos.dev", "x", resource.VersionUndefined))
	refused("an unknown resource type", err, codes.PermissionDenied, "is not supported")
}

func credentials(ctx context.Context, c *client.Client) {
	kubeconfig, err := c.Kubeconfig(ctx)
	must("Kubeconfig", err)
	check("its server", strings.Contains(string(kubeconfig), "https://"+first+":6443"), string(kubeconfig[:40]))
	_, err = c.Kubeconfig(client.WithNode(ctx, worker))
	refused("Kubeconfig of a worker", err, codes.Unimplemented, "kubeconfig is only available on control plane nodes")
	made, err := c.GenerateClientConfiguration(ctx, &machine.GenerateClientConfigurationRequest{Roles: []string{"os:reader"}})
	if err == nil {
		check("a TTL is needed", false, made)
	}
}

func tag(ctx context.Context, c *client.Client, want string) error {
	got, err := c.Version(ctx)
	if err != nil {
		return err
	}
	if seen := got.Messages[0].Version.Tag; seen != want {
		return fmt.Errorf("still %s", seen)
	}
	return nil
}

func upgrade(ctx context.Context, c *client.Client, installer string) {
	node := client.WithNode(ctx, worker)
	_, err := c.UpgradeWithOptions(node, client.WithUpgradeImage(strings.ReplaceAll(installer, "v1.12.4", "v9.9.9")))
	check("an image that does not exist", err != nil, err)
	must("still v1.12.4", tag(node, c, "v1.12.4"))
	_, err = c.UpgradeWithOptions(node, client.WithUpgradeImage(strings.ReplaceAll(installer, "v1.12.4", "v1.12.5")))
	must("Upgrade", err)
	until(node, "v1.12.5", func(ctx context.Context) error { return tag(ctx, c, "v1.12.5") })
	must("Rollback", c.Rollback(node))
	until(node, "v1.12.4 again", func(ctx context.Context) error { return tag(ctx, c, "v1.12.4") })
}

func reset(ctx context.Context, c *client.Client) {
	must("Reset", c.ResetGeneric(client.WithNode(ctx, second), &machine.ResetRequest{Graceful: true, Reboot: true}))
	until(ctx, "one etcd member", func(ctx context.Context) error {
		got, err := c.EtcdMemberList(ctx, &machine.EtcdMemberListRequest{QueryLocal: true})
		if err == nil && len(got.Messages[0].Members) != 1 {
			err = fmt.Errorf("%d members", len(got.Messages[0].Members))
		}
		return err
	})
	empty := maintenance(ctx, second)
	defer empty.Close() //nolint:errcheck
	until(ctx, "maintenance mode again", func(ctx context.Context) error {
		_, err := empty.Version(ctx)
		if status.Code(err) != codes.Unimplemented {
			return fmt.Errorf("%v", err)
		}
		return nil
	})
	must("Shutdown", c.Shutdown(client.WithNode(ctx, worker)))
	until(ctx, "the worker is gone", func(ctx context.Context) error {
		_, err := c.Version(client.WithNode(ctx, worker))
		if err == nil {
			return io.EOF
		}
		return nil
	})
}
