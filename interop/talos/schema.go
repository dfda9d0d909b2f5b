package main

import (
	"encoding"
	"reflect"
	"slices"
	"strings"
	"time"

	yaml "go.yaml.in/yaml/v4"

	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
)

var kinds = []string{
	"HostnameConfig", "LinkConfig", "LinkAliasConfig", "VLANConfig", "BondConfig", "BridgeConfig", "DummyLinkConfig",
	"WireguardConfig", "EthernetConfig", "DHCPv4Config", "DHCPv6Config", "Layer2VIPConfig", "HCloudVIPConfig",
	"ResolverConfig", "StaticHostConfig", "TimeSyncConfig", "KubeSpanEndpointsConfig", "NetworkRuleConfig",
	"NetworkDefaultActionConfig", "RegistryMirrorConfig", "RegistryAuthConfig", "RegistryTLSConfig", "UserVolumeConfig",
	"VolumeConfig", "RawVolumeConfig", "ExistingVolumeConfig", "SwapVolumeConfig", "ZswapConfig", "WatchdogTimerConfig",
	"OOMConfig", "KmsgLogConfig", "EventSinkConfig", "ExtensionServiceConfig", "SideroLinkConfig",
	"PCIDriverRebindConfig", "TrustedRootsConfig",
}

// schema describes the fields of every document: name, kind of value, whether an unset one is left out, how it merges.
func schema() answer {
	documents := map[string]any{}

	provider, err := configloader.NewFromBytes([]byte("version: v1alpha1\nmachine: {}\ncluster: {}\n"))
	if err != nil {
		return failed(err)
	}

	documents["v1alpha1"] = fields(reflect.TypeOf(provider.RawV1Alpha1()).Elem())

	for _, kind := range kinds {
		provider, err := configloader.NewFromBytes([]byte("apiVersion: v1alpha1\nkind: " + kind + "\n"))
		if err != nil {
			return failed(err)
		}

		documents[kind] = fields(reflect.TypeOf(provider.Documents()[0]).Elem())
	}

	return answer{"documents": documents}
}

var (
	yamlMarshaler = reflect.TypeFor[yaml.Marshaler]()
	textMarshaler = reflect.TypeFor[encoding.TextMarshaler]()

	merger = reflect.TypeFor[interface{ Merge(other any) error }]()
)

func fields(t reflect.Type) []any {
	list := []any{}

	for i := range t.NumField() {
		field := t.Field(i)
		parts := strings.Split(field.Tag.Get("yaml"), ",")

		if slices.Contains(parts, "inline") {
			list = append(list, fields(field.Type)...)

			continue
		}

		if !field.IsExported() || parts[0] == "-" || parts[0] == "" {
			continue
		}

		described := value(field.Type)
		described["name"] = parts[0]

		if slices.Contains(parts[1:], "omitempty") {
			described["omitEmpty"] = true
		}

		if slices.Contains(strings.Split(field.Tag.Get("merge"), ","), "replace") {
			described["replace"] = true
		}

		list = append(list, described)
	}

	return list
}

func value(t reflect.Type) map[string]any {
	described := map[string]any{}

	if t.Kind() == reflect.Pointer {
		described["pointer"] = true
		t = t.Elem()
	}

	if reflect.PointerTo(t).Implements(merger) {
		described["merge"] = t.Name()
	}

	custom := t.Implements(yamlMarshaler) || reflect.PointerTo(t).Implements(yamlMarshaler) ||
		t.Implements(textMarshaler) || reflect.PointerTo(t).Implements(textMarshaler)

	switch {
	case t.Name() == "Unstructured":
		described["kind"] = "any"
	case strings.HasPrefix(t.Name(), "PEMEncoded"):
		described["kind"] = "struct"
		described["fields"] = pemFields(t)
	case custom || t == reflect.TypeFor[time.Duration]():
		described["kind"] = "text"
		described["go"] = t.String()
		described["of"] = t.Kind().String()
	case t.Kind() == reflect.Struct:
		described["kind"] = "struct"
		described["fields"] = fields(t)
	case t.Kind() == reflect.Slice:
		described["kind"] = "list"
		described["element"] = value(t.Elem())
	case t.Kind() == reflect.Map:
		described["kind"] = "map"
		described["element"] = value(t.Elem())
	case t.Kind() == reflect.Bool:
		described["kind"] = "bool"
	case t.Kind() == reflect.String:
		described["kind"] = "string"
	case t.Kind() == reflect.Interface:
		described["kind"] = "any"
	default:
		described["kind"] = "number"
	}

	return described
}

func pemFields(t reflect.Type) []any {
	list := []any{}

	for _, name := range []string{"Crt", "Key"} {
		if _, ok := t.FieldByName(name); ok {
			list = append(list, map[string]any{"name": strings.ToLower(name), "kind": "bytes"})
		}
	}

	return list
}
