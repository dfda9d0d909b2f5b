// Command age is filippo.io/age as a process, for the tests that prove io.talospve.secrets.age against it.
//
//	age keygen                              prints a recipient and an identity, one line each
//	age encrypt [-a] [-r RECIPIENT]...      stdin to stdout; pass phrase in a file: -p FILE
//	age decrypt [-i FILE] [-p FILE]         stdin to stdout, binary or armored
//	age vectors DIR                         writes the C2SP test vectors into a folder
package main

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	agetest "c2sp.org/CCTV/age"
	"filippo.io/age"
	"filippo.io/age/armor"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "age:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 0 {
		return fmt.Errorf("keygen, encrypt, decrypt or vectors")
	}
	switch args[0] {
	case "keygen":
		identity, err := age.GenerateX25519Identity()
		if err != nil {
			return err
		}
		fmt.Println(identity.Recipient())
		fmt.Println(identity)
		return nil
	case "encrypt":
		return encrypt(args[1:])
	case "decrypt":
		return decrypt(args[1:])
	case "vectors":
		return vectors(args[1])
	}
	return fmt.Errorf("unknown command %q", args[0])
}

func encrypt(args []string) error {
	var recipients []age.Recipient
	armored := false
	for i := 0; i < len(args); i++ {
		switch args[i] {
		case "-a":
			armored = true
		case "-r":
			i++
			recipient, err := age.ParseX25519Recipient(args[i])
			if err != nil {
				return err
			}
			recipients = append(recipients, recipient)
		case "-p":
			i++
			phrase, err := os.ReadFile(args[i])
			if err != nil {
				return err
			}
			recipient, err := age.NewScryptRecipient(string(phrase))
			if err != nil {
				return err
			}
			recipient.SetWorkFactor(12)
			recipients = append(recipients, recipient)
		}
	}
	var out io.WriteCloser = os.Stdout
	if armored {
		out = armor.NewWriter(os.Stdout)
	}
	writer, err := age.Encrypt(out, recipients...)
	if err != nil {
		return err
	}
	if _, err := io.Copy(writer, os.Stdin); err != nil {
		return err
	}
	if err := writer.Close(); err != nil {
		return err
	}
	if armored {
		return out.Close()
	}
	return nil
}

func decrypt(args []string) error {
	var identities []age.Identity
	for i := 0; i+1 < len(args); i += 2 {
		content, err := os.ReadFile(args[i+1])
		if err != nil {
			return err
		}
		if args[i] == "-p" {
			identity, err := age.NewScryptIdentity(string(content))
			if err != nil {
				return err
			}
			identities = append(identities, identity)
			continue
		}
		found, err := age.ParseIdentities(strings.NewReader(string(content)))
		if err != nil {
			return err
		}
		identities = append(identities, found...)
	}
	in := bufio.NewReader(os.Stdin)
	var source io.Reader = in
	if start, _ := in.Peek(len(armor.Header)); string(start) == armor.Header {
		source = armor.NewReader(in)
	}
	reader, err := age.Decrypt(source, identities...)
	if err != nil {
		return err
	}
	_, err = io.Copy(os.Stdout, reader)
	return err
}

func vectors(dir string) error {
	entries, err := fs.ReadDir(agetest.Vectors, ".")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		content, err := fs.ReadFile(agetest.Vectors, entry.Name())
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, entry.Name()), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}
