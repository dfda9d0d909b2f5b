// Command kubernetes drives the simulated Kubernetes API with Kubernetes' own Go libraries.
//
//	kubernetes client           the checks of client.go, by the kubeconfig in KUBECONFIG; exits non-zero on a difference
//	kubernetes kubectl ARGS...  kubectl, as its module makes it
package main

import (
	"fmt"
	"os"

	"k8s.io/component-base/cli"
	"k8s.io/kubectl/pkg/cmd"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "kubectl" {
		os.Args = append([]string{"kubectl"}, os.Args[2:]...)
		os.Exit(cli.Run(cmd.NewDefaultKubectlCommand()))
	}
	if err := client(); err != nil {
		fmt.Fprintln(os.Stderr, "FAILED:", err)
		os.Exit(1)
	}
	fmt.Println("all as on a real cluster")
}
