// Program talos answers questions with Talos' own published library, so that what the Java side writes is judged by code
// that its authors did not write.
//
// It reads one JSON object per line from stdin and answers each with one line on stdout, in order:
//
//	{"op":"check","text":...}                      strict decode, validate (metal and cloud), re-encode
//	{"op":"generate","input":{...}}                what Talos generates for an input
//	{"op":"patch","text":...,"patches":[...]}      strategic merge
//	{"op":"bundle","text":...}                     load a secrets bundle, verify it, write it again
//	{"op":"new-bundle","contract":...}             generate a secrets bundle
//	{"op":"talosconfig","text":...,"bundle":...}   parse a talosconfig, verify its client certificate
//	{"op":"kubeconfig","text":...,"bundle":...}    parse a kubeconfig, verify its client certificate
//	{"op":"encode","value":...}                    write a value as YAML
//	{"op":"schema"}                                fields of every document, in order
//	{"op":"bench-generate","input":...,"count":n}  seconds for n control plane configurations
//	{"op":"bench-bundle","count":n}                seconds for n bundles
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
)

type request struct {
	Op       string          `json:"op"`
	Text     string          `json:"text"`
	Bundle   string          `json:"bundle"`
	Patches  []string        `json:"patches"`
	Contract string          `json:"contract"`
	Input    *input          `json:"input"`
	Value    json.RawMessage `json:"value"`
	Count    int             `json:"count"`
	At       string          `json:"at"`
}

type answer map[string]any

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)

	for {
		line, err := in.ReadBytes('\n')
		if len(line) == 0 && err != nil {
			return
		}

		encoded, err := json.Marshal(handle(line))
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}

		out.Write(append(encoded, '\n')) //nolint:errcheck

		if in.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}
		}
	}
}

func handle(line []byte) (result answer) {
	defer func() {
		if p := recover(); p != nil {
			result = answer{"error": fmt.Sprintf("panic: %v", p)}
		}
	}()

	var r request
	if err := json.Unmarshal(line, &r); err != nil {
		return failed(err)
	}

	switch r.Op {
	case "check":
		return check(r)
	case "generate":
		return reference(r)
	case "patch":
		return patch(r)
	case "bundle":
		return bundle(r)
	case "new-bundle":
		return newBundle(r)
	case "talosconfig":
		return talosconfig(r)
	case "kubeconfig":
		return kubeconfig(r)
	case "encode":
		return encode(r)
	case "schema":
		return schema()
	case "bench-generate":
		return benchGenerate(r)
	case "bench-bundle":
		return benchBundle(r)
	default:
		return answer{"error": "no operation " + r.Op}
	}
}

func failed(err error) answer {
	return answer{"error": err.Error()}
}
