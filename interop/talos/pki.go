package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	stdx509 "crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/siderolabs/crypto/x509"
	yaml "go.yaml.in/yaml/v4"

	clientconfig "github.com/siderolabs/talos/pkg/machinery/client/config"
	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
)

// loadBundle goes through a file, because that is what Talos' loader reads.
func loadBundle(text string) (*secrets.Bundle, error) {
	dir, err := os.MkdirTemp("", "bundle")
	if err != nil {
		return nil, err
	}

	defer os.RemoveAll(dir) //nolint:errcheck

	path := filepath.Join(dir, "secrets.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return nil, err
	}

	return secrets.LoadBundle(path)
}

// bundle loads, validates, verifies every certificate and key, and writes again.
func bundle(r request) answer {
	loaded, err := loadBundle(r.Text)
	if err != nil {
		return answer{"error": "load: " + err.Error()}
	}

	if err := loaded.Validate(); err != nil {
		return answer{"error": "validate: " + err.Error()}
	}

	for _, authority := range []struct {
		name         string
		pair         *x509.PEMEncodedCertificateAndKey
		organization []string
		label        string
	}{
		{"os", loaded.Certs.OS, []string{"talos"}, "ED25519 PRIVATE KEY"},
		{"k8s", loaded.Certs.K8s, []string{"kubernetes"}, "EC PRIVATE KEY"},
		{"etcd", loaded.Certs.Etcd, []string{"etcd"}, "EC PRIVATE KEY"},
		{"k8saggregator", loaded.Certs.K8sAggregator, nil, "EC PRIVATE KEY"},
	} {
		if err := verifyAuthority(authority.pair, authority.organization, authority.label); err != nil {
			return answer{"error": "certs." + authority.name + ": " + err.Error()}
		}
	}

	block, _ := pem.Decode(loaded.Certs.K8sServiceAccount.Key)
	if block == nil || block.Type != "RSA PRIVATE KEY" {
		return answer{"error": "certs.k8sserviceaccount: not labelled RSA PRIVATE KEY"}
	}

	private, err := stdx509.ParsePKCS1PrivateKey(block.Bytes)
	if err != nil {
		return answer{"error": "certs.k8sserviceaccount: " + err.Error()}
	}

	if private.N.BitLen() != 4096 || private.Validate() != nil {
		return answer{"error": "certs.k8sserviceaccount: not a sound RSA key of 4096 bits"}
	}

	written, err := yaml.Marshal(loaded)
	if err != nil {
		return failed(err)
	}

	return answer{"text": string(written)}
}

func verifyAuthority(pair *x509.PEMEncodedCertificateAndKey, organization []string, label string) error {
	certificate, err := pair.GetCert()
	if err != nil {
		return err
	}

	block, _ := pem.Decode(pair.Key)
	if block == nil || block.Type != label {
		return fmt.Errorf("the key is not labelled %s", label)
	}

	key, err := pair.GetKey()
	if err != nil {
		return err
	}

	signer, ok := key.(crypto.Signer)
	if !ok {
		return fmt.Errorf("a %T cannot sign", key)
	}

	if !samePublicKey(signer.Public(), certificate.PublicKey) {
		return errors.New("the key is not the certificate's")
	}

	switch {
	case !certificate.IsCA || !certificate.BasicConstraintsValid:
		return errors.New("not a CA")
	case certificate.KeyUsage != stdx509.KeyUsageDigitalSignature|stdx509.KeyUsageCertSign:
		return fmt.Errorf("key usage %b", certificate.KeyUsage)
	case !slices.Equal(certificate.ExtKeyUsage, []stdx509.ExtKeyUsage{stdx509.ExtKeyUsageServerAuth, stdx509.ExtKeyUsageClientAuth}):
		return fmt.Errorf("extended key usage %v", certificate.ExtKeyUsage)
	case !slices.Equal(certificate.Subject.Organization, organization) || certificate.Subject.CommonName != "":
		return fmt.Errorf("subject %q", certificate.Subject)
	case certificate.NotAfter.Sub(certificate.NotBefore) != secrets.CAValidityTime:
		return fmt.Errorf("valid for %s", certificate.NotAfter.Sub(certificate.NotBefore))
	case certificate.SerialNumber.BitLen() < 64 || certificate.SerialNumber.BitLen() > 128:
		return fmt.Errorf("serial number of %d bits", certificate.SerialNumber.BitLen())
	case !bytes.Equal(certificate.RawSubject, certificate.RawIssuer):
		return errors.New("issuer and subject differ")
	}

	return certificate.CheckSignatureFrom(certificate)
}

func samePublicKey(a, b crypto.PublicKey) bool {
	switch key := a.(type) {
	case ed25519.PublicKey:
		return key.Equal(b)
	case *ecdsa.PublicKey:
		return key.Equal(b)
	default:
		return false
	}
}

func newBundle(r request) answer {
	contract, err := config.ParseContractFromVersion(r.Contract)
	if err != nil {
		return failed(err)
	}

	made, err := secrets.NewBundle(secrets.NewFixedClock(time.Now()), contract)
	if err != nil {
		return failed(err)
	}

	written, err := yaml.Marshal(made)
	if err != nil {
		return failed(err)
	}

	return answer{"text": string(written)}
}

// talosconfig verifies the client certificate of the current context against the bundle's OS CA.
func talosconfig(r request) answer {
	parsed, err := clientconfig.FromString(r.Text)
	if err != nil {
		return failed(err)
	}

	context := parsed.Contexts[parsed.Context]
	if context == nil {
		return answer{"error": "no context " + parsed.Context}
	}

	loaded, err := loadBundle(r.Bundle)
	if err != nil {
		return failed(err)
	}

	client, err := verifyClient(loaded.Certs.OS, context.CA, context.Crt, context.Key, r.At)
	if err != nil {
		return failed(err)
	}

	written, err := parsed.Bytes()
	if err != nil {
		return failed(err)
	}

	return answer{
		"text": string(written), "organizations": client.Subject.Organization, "endpoints": context.Endpoints, "nodes": context.Nodes,
		"notAfter": client.NotAfter.UTC().Format(time.RFC3339),
	}
}

// kubeconfig verifies the client certificate against the bundle's Kubernetes CA.
func kubeconfig(r request) answer {
	var parsed struct {
		APIVersion string `yaml:"apiVersion"`
		Kind       string `yaml:"kind"`
		Clusters   []struct {
			Name    string
			Cluster struct {
				Server string
				CA     string `yaml:"certificate-authority-data"`
			}
		}
		Users []struct {
			Name string
			User struct {
				Crt string `yaml:"client-certificate-data"`
				Key string `yaml:"client-key-data"`
			}
		}
		Contexts []struct {
			Name    string
			Context struct {
				Cluster, Namespace, User string
			}
		}
		Current string `yaml:"current-context"`
	}

	decoder := yaml.NewDecoder(bytes.NewReader([]byte(r.Text)))
	decoder.KnownFields(true)

	if err := decoder.Decode(&parsed); err != nil {
		return failed(err)
	}

	if len(parsed.Clusters) != 1 || len(parsed.Users) != 1 || len(parsed.Contexts) != 1 {
		return answer{"error": "not one cluster, one user, one context"}
	}

	loaded, err := loadBundle(r.Bundle)
	if err != nil {
		return failed(err)
	}

	user := parsed.Users[0]

	client, err := verifyClient(loaded.Certs.K8s, parsed.Clusters[0].Cluster.CA, user.User.Crt, user.User.Key, r.At)
	if err != nil {
		return failed(err)
	}

	return answer{
		"server": parsed.Clusters[0].Cluster.Server, "cluster": parsed.Clusters[0].Name, "user": user.Name,
		"context": parsed.Contexts[0].Name, "current": parsed.Current,
		"commonName": client.Subject.CommonName, "organizations": client.Subject.Organization,
		"notAfter": client.NotAfter.UTC().Format(time.RFC3339),
	}
}

func verifyClient(authority *x509.PEMEncodedCertificateAndKey, ca, crt, key, at string) (*stdx509.Certificate, error) {
	caPEM, err := base64.StdEncoding.DecodeString(ca)
	if err != nil {
		return nil, err
	}

	if !bytes.Equal(caPEM, authority.Crt) {
		return nil, errors.New("the CA is not the bundle's")
	}

	crtPEM, err := base64.StdEncoding.DecodeString(crt)
	if err != nil {
		return nil, err
	}

	keyPEM, err := base64.StdEncoding.DecodeString(key)
	if err != nil {
		return nil, err
	}

	pair := &x509.PEMEncodedCertificateAndKey{Crt: crtPEM, Key: keyPEM}

	certificate, err := pair.GetCert()
	if err != nil {
		return nil, err
	}

	private, err := pair.GetKey()
	if err != nil {
		return nil, err
	}

	if !samePublicKey(private.(crypto.Signer).Public(), certificate.PublicKey) {
		return nil, errors.New("the key is not the certificate's")
	}

	when, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return nil, err
	}

	root, err := authority.GetCert()
	if err != nil {
		return nil, err
	}

	roots := stdx509.NewCertPool()
	roots.AddCert(root)

	if _, err := certificate.Verify(stdx509.VerifyOptions{
		Roots: roots, CurrentTime: when, KeyUsages: []stdx509.ExtKeyUsage{stdx509.ExtKeyUsageClientAuth},
	}); err != nil {
		return nil, err
	}

	if len(certificate.ExtKeyUsage) != 1 {
		return nil, fmt.Errorf("extended key usage %v", certificate.ExtKeyUsage)
	}

	if certificate.IsCA {
		return nil, errors.New("a client that is a CA")
	}

	return certificate, nil
}
