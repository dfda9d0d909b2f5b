package main

import (
	"bytes"
	"encoding/json"
	"time"

	yaml "go.yaml.in/yaml/v4"

	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	"github.com/siderolabs/talos/pkg/machinery/config/configpatcher"
	"github.com/siderolabs/talos/pkg/machinery/config/encoder"
	"github.com/siderolabs/talos/pkg/machinery/config/generate"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	"github.com/siderolabs/talos/pkg/machinery/config/machine"
)

// mode is how a machine runs: metal needs an installation, cloud does not.
type mode struct {
	name    string
	install bool
}

func (m mode) String() string        { return m.name }
func (m mode) RequiresInstall() bool { return m.install }
func (m mode) InContainer() bool     { return false }

// check decodes strictly, validates as metal and as cloud, and encodes again.
func check(r request) answer {
	provider, err := configloader.NewFromBytes([]byte(r.Text))
	if err != nil {
		return answer{"error": "decode: " + err.Error()}
	}

	warnings := []string{}

	for _, m := range []mode{{"metal", true}, {"cloud", false}} {
		found, err := provider.Validate(m)
		if err != nil {
			return answer{"error": "validate (" + m.name + "): " + err.Error()}
		}

		warnings = append(warnings, found...)
	}

	encoded, err := provider.EncodeBytes(encoder.WithComments(encoder.CommentsDisabled))
	if err != nil {
		return answer{"error": "encode: " + err.Error()}
	}

	// The provider remembers the text that it was read from, so that only a clone really encodes.
	fresh, err := provider.Clone().EncodeBytes(encoder.WithComments(encoder.CommentsDisabled))
	if err != nil {
		return answer{"error": "encode: " + err.Error()}
	}

	return answer{"text": string(fresh), "unchanged": bytes.Equal(encoded, fresh), "warnings": warnings}
}

type input struct {
	Bundle     string              `json:"bundle"`
	Contract   string              `json:"contract"`
	Role       string              `json:"role"`
	Cluster    string              `json:"cluster"`
	Endpoint   string              `json:"endpoint"`
	Kubernetes string              `json:"kubernetes"`
	Disk       string              `json:"disk"`
	Image      string              `json:"image"`
	Sans       []string            `json:"sans"`
	Mirrors    map[string][]string `json:"mirrors"`
}

func (i *input) generator() (*generate.Input, machine.Type, error) {
	contract, err := config.ParseContractFromVersion(i.Contract)
	if err != nil {
		return nil, machine.TypeUnknown, err
	}

	loaded, err := loadBundle(i.Bundle)
	if err != nil {
		return nil, machine.TypeUnknown, err
	}

	role, err := machine.ParseType(i.Role)
	if err != nil {
		return nil, machine.TypeUnknown, err
	}

	options := []generate.Option{
		generate.WithSecretsBundle(loaded),
		generate.WithVersionContract(contract),
		generate.WithInstallDisk(i.Disk),
		generate.WithInstallImage(i.Image),
		generate.WithAdditionalSubjectAltNames(i.Sans),
	}

	for host, endpoints := range i.Mirrors {
		options = append(options, generate.WithRegistryMirror(host, endpoints...))
	}

	in, err := generate.NewInput(i.Cluster, i.Endpoint, i.Kubernetes, options...)

	return in, role, err
}

func (i *input) text(in *generate.Input, role machine.Type) ([]byte, error) {
	provider, err := in.Config(role)
	if err != nil {
		return nil, err
	}

	return provider.EncodeBytes(encoder.WithComments(encoder.CommentsDisabled))
}

// generate writes what Talos itself generates.
func generateText(i *input) ([]byte, error) {
	in, role, err := i.generator()
	if err != nil {
		return nil, err
	}

	return i.text(in, role)
}

func reference(r request) answer {
	encoded, err := generateText(r.Input)
	if err != nil {
		return failed(err)
	}

	return answer{"text": string(encoded)}
}

// patch merges patches as talosctl does.
func patch(r request) answer {
	patches := make([]configpatcher.Patch, 0, len(r.Patches))

	for _, text := range r.Patches {
		loaded, err := configpatcher.LoadPatch([]byte(text))
		if err != nil {
			return answer{"error": "load: " + err.Error()}
		}

		patches = append(patches, loaded)
	}

	provider, err := configloader.NewFromBytes([]byte(r.Text))
	if err != nil {
		return answer{"error": "decode: " + err.Error()}
	}

	out, err := configpatcher.Apply(configpatcher.WithConfig(provider), patches)
	if err != nil {
		return answer{"error": "apply: " + err.Error()}
	}

	merged, err := out.Bytes()
	if err != nil {
		return answer{"error": "encode: " + err.Error()}
	}

	return answer{"text": string(merged)}
}

// encode writes a JSON value as YAML, keys in the order that the YAML library gives them.
func encode(r request) answer {
	decoder := json.NewDecoder(bytes.NewReader(r.Value))
	decoder.UseNumber()

	var value any
	if err := decoder.Decode(&value); err != nil {
		return failed(err)
	}

	encoded, err := yaml.Marshal(numbers(value))
	if err != nil {
		return failed(err)
	}

	return answer{"text": string(encoded)}
}

// numbers makes whole numbers integers, which plain JSON decoding would not.
func numbers(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key := range v {
			v[key] = numbers(v[key])
		}
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case json.Number:
		if whole, err := v.Int64(); err == nil {
			return whole
		}

		float, _ := v.Float64() //nolint:errcheck

		return float
	}

	return value
}

func benchGenerate(r request) answer {
	in, role, err := r.Input.generator()
	if err != nil {
		return failed(err)
	}

	bytesWritten := 0
	start := time.Now()

	for range r.Count {
		encoded, err := r.Input.text(in, role)
		if err != nil {
			return failed(err)
		}

		bytesWritten += len(encoded)
	}

	return answer{"seconds": time.Since(start).Seconds(), "bytes": bytesWritten}
}

func benchBundle(r request) answer {
	start := time.Now()

	for range r.Count {
		if _, err := secrets.NewBundle(secrets.NewFixedClock(time.Now()), config.TalosVersionCurrent); err != nil {
			return failed(err)
		}
	}

	return answer{"seconds": time.Since(start).Seconds()}
}
