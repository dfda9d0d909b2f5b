// Drives a Proxmox VE cluster through the life of one machine with github.com/luthermonson/go-proxmox, a client that knows
// nothing of the cluster being simulated. Reads the line of JSON that examples/datacenter prints.
package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/luthermonson/go-proxmox"
)

type datacenter struct {
	Proxmox struct {
		Endpoint string `json:"endpoint"`
		APIToken string `json:"apiToken"`
		User     string `json:"user"`
		Password string `json:"password"`
		CAFile   string `json:"caFile"`
	} `json:"proxmox"`
	ImageFactory struct {
		Endpoint string `json:"endpoint"`
		CAFile   string `json:"caFile"`
	} `json:"imageFactory"`
}

const (
	isoName  = "interop-go.iso"
	schema   = "customization:\n  systemExtensions:\n    officialExtensions:\n      - siderolabs/qemu-guest-agent\n"
	hostName = "interop-go"
)

func check(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "FAILED %s: %v\n", what, err)
		os.Exit(1)
	}
}

func require(ok bool, format string, args ...any) {
	if !ok {
		check("check", fmt.Errorf(format, args...))
	}
}

func trusting(file string) *http.Client {
	pem, err := os.ReadFile(file)
	check("CA", err)
	roots := x509.NewCertPool()
	require(roots.AppendCertsFromPEM(pem), "no certificate in %s", file)
	return &http.Client{
		Timeout:   30 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}},
	}
}

func schematic(d datacenter) string {
	response, err := trusting(d.ImageFactory.CAFile).Post(
		d.ImageFactory.Endpoint+"/schematics", "application/yaml", bytes.NewBufferString(schema))
	check("schematic", err)
	defer response.Body.Close()
	var made struct{ ID string }
	check("schematic", json.NewDecoder(response.Body).Decode(&made))
	require(made.ID != "", "no schematic id")
	return made.ID
}

func wait(ctx context.Context, what string, task *proxmox.Task, err error) {
	check(what, err)
	require(task != nil, "%s: no task", what)
	check(what, task.Wait(ctx, 100*time.Millisecond, 2*time.Minute))
	require(task.IsSuccessful, "%s: task ended %s", what, task.ExitStatus)
	fmt.Println("ok", what)
}

func login(ctx context.Context, d datacenter) *proxmox.Client {
	base := d.Proxmox.Endpoint + "/api2/json"
	wrong := proxmox.NewClient(base, proxmox.WithHTTPClient(trusting(d.Proxmox.CAFile)),
		proxmox.WithAPIToken(d.Proxmox.User+"!none", "00000000-0000-0000-0000-000000000000"))
	_, err := wrong.Version(ctx)
	require(proxmox.IsNotAuthorized(err), "a wrong token got in: %v", err)

	byTicket := proxmox.NewClient(base, proxmox.WithHTTPClient(trusting(d.Proxmox.CAFile)),
		proxmox.WithCredentials(&proxmox.Credentials{Username: d.Proxmox.User, Password: d.Proxmox.Password}))
	version, err := byTicket.Version(ctx)
	check("login by password", err)
	fmt.Println("ok login by password, Proxmox VE", version.Version)

	id, secret, found := strings.Cut(d.Proxmox.APIToken, "=")
	require(found, "token without secret")
	client := proxmox.NewClient(base, proxmox.WithHTTPClient(trusting(d.Proxmox.CAFile)), proxmox.WithAPIToken(id, secret))
	_, err = client.Version(ctx)
	check("login by token", err)
	fmt.Println("ok login by token")

	pool := "interop-go"
	check("pool with a ticket and CSRF token", byTicket.NewPool(ctx, pool, "made by go-proxmox"))
	made, err := byTicket.Pool(ctx, pool)
	check("pool", err)
	check("delete pool", made.Delete(ctx))
	fmt.Println("ok pool")
	return client
}

func main() {
	text, err := io.ReadAll(os.Stdin)
	check("stdin", err)
	var d datacenter
	check("JSON", json.Unmarshal(text, &d))
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	client := login(ctx, d)

	nodes, err := client.Nodes(ctx)
	check("nodes", err)
	require(len(nodes) > 0, "no nodes")
	node, err := client.Node(ctx, nodes[0].Node)
	check("node", err)
	require(node.CPUInfo.CPUs > 0 && node.Memory.Total > 0, "node without figures: %+v", node)
	storages, err := node.Storages(ctx)
	check("storages", err)
	require(len(storages) > 1, "storages: %v", storages)
	networks, err := node.Networks(ctx, "bridge")
	check("networks", err)
	require(len(networks) > 0, "no bridges")
	cluster, err := client.Cluster(ctx)
	check("cluster", err)
	_, err = cluster.Resources(ctx, "vm")
	check("resources", err)
	fmt.Println("ok lists of", len(nodes), "nodes,", len(storages), "storages,", len(networks), "bridges")

	nas, err := node.Storage(ctx, "nas")
	check("storage", err)
	url := "https://factory.talos.dev/image/" + schematic(d) + "/v1.12.4/nocloud-amd64.iso"
	download, err := nas.DownloadURL(ctx, "iso", isoName, url)
	wait(ctx, "download", download, err)
	iso, err := nas.ISO(ctx, isoName)
	check("iso", err)
	require(iso.Size > 0, "iso without size")

	id, err := cluster.NextID(ctx)
	check("nextid", err)
	machine := create(ctx, node, id)
	cores := machine.VirtualMachineConfig.Cores
	require(cores != nil && *cores == 2, "cores: %v", cores)
	require(strings.HasPrefix(machine.VirtualMachineConfig.SCSIs["scsi0"], "local-lvm:vm-"), "scsi0: %s", machine.VirtualMachineConfig.SCSIs["scsi0"])
	task, err := machine.Config(ctx, proxmox.VirtualMachineOption{Name: "description", Value: "line 1\nline 2"})
	wait(ctx, "configure", task, err)

	task, err = machine.Start(ctx)
	wait(ctx, "start", task, err)
	check("ping", machine.Ping(ctx))
	require(machine.IsRunning(), "not running: %s", machine.Status)
	check("agent", machine.WaitForAgent(ctx, 120))
	interfaces, err := machine.AgentGetNetworkIFaces(ctx)
	check("interfaces", err)
	require(hasAddress(interfaces, "192.168.62.77"), "the agent does not report 192.168.62.77: %+v", interfaces)
	fmt.Println("ok agent reports the address of cloud-init")

	task, err = machine.ResizeDisk(ctx, "scsi0", "+2G")
	wait(ctx, "resize", task, err)
	check("reload", reload(ctx, node, &machine, id))
	require(strings.Contains(machine.VirtualMachineConfig.SCSIs["scsi0"], "size=12G"), "scsi0: %s", machine.VirtualMachineConfig.SCSIs["scsi0"])

	_, err = machine.Delete(ctx, nil)
	require(err != nil && strings.Contains(err.Error(), "is running"), "a running machine could be deleted: %v", err)
	task, err = machine.Stop(ctx)
	wait(ctx, "stop", task, err)
	remove(ctx, node, machine, id)
	task, err = iso.Delete(ctx)
	wait(ctx, "delete iso", task, err)
	fmt.Println("PASSED go-proxmox")
}

func create(ctx context.Context, node *proxmox.Node, id int) *proxmox.VirtualMachine {
	option := func(name string, value any) proxmox.VirtualMachineOption {
		return proxmox.VirtualMachineOption{Name: name, Value: value}
	}
	task, err := node.NewVirtualMachine(ctx, id,
		option("name", hostName), option("cores", 2), option("memory", 4096), option("cpu", "host"),
		option("machine", "q35"), option("agent", "enabled=1"), option("onboot", true),
		option("scsihw", "virtio-scsi-single"), option("scsi0", "local-lvm:10,iothread=1"),
		option("ide0", "local-lvm:cloudinit"), option("ide2", "nas:iso/"+isoName+",media=cdrom"),
		option("boot", "order=scsi0;ide2"), option("net0", "virtio,bridge=vmbr0"),
		option("ipconfig0", "ip=192.168.62.77/24,gw=192.168.62.1"), option("nameserver", "192.168.62.1"),
		option("tags", "interop;go"))
	wait(ctx, "create", task, err)
	machine, err := node.VirtualMachine(ctx, id)
	check("machine", err)
	return machine
}

func reload(ctx context.Context, node *proxmox.Node, machine **proxmox.VirtualMachine, id int) error {
	read, err := node.VirtualMachine(ctx, id)
	*machine = read
	return err
}

func remove(ctx context.Context, node *proxmox.Node, machine *proxmox.VirtualMachine, id int) {
	check("reload", reload(ctx, node, &machine, id))
	task, err := machine.Delete(ctx, nil)
	wait(ctx, "delete", task, err)
	_, err = node.VirtualMachine(ctx, id)
	require(err != nil, "the machine is still there")
	var notFound = strings.Contains(err.Error(), "does not exist") || errors.Is(err, proxmox.ErrNotFound)
	require(notFound, "odd error for a missing machine: %v", err)
}

func hasAddress(interfaces []*proxmox.AgentNetworkIface, wanted string) bool {
	for _, one := range interfaces {
		for _, address := range one.IPAddresses {
			if address.IPAddress == wanted {
				return true
			}
		}
	}
	return false
}
