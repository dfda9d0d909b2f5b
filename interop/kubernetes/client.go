package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apiextensions "k8s.io/apiextensions-apiserver/pkg/client/clientset/clientset"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

var widgets = schema.GroupVersionResource{Group: "example.com", Version: "v1", Resource: "widgets"}

// checks is what the steps share.
type checks struct {
	ctx    context.Context
	typed  kubernetes.Interface
	crds   apiextensions.Interface
	dyn    dynamic.Interface
	mapper *restmapper.DeferredDiscoveryRESTMapper
}

func client() error {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	// the simulated API speaks JSON and YAML; the typed clients would send protobuf
	config.ContentType = runtime.ContentTypeJSON
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	typed := kubernetes.NewForConfigOrDie(config)
	c := &checks{
		ctx:    ctx,
		typed:  typed,
		crds:   apiextensions.NewForConfigOrDie(config),
		dyn:    dynamic.NewForConfigOrDie(config),
		mapper: restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(typed.Discovery())),
	}
	for _, step := range []struct {
		name string
		run  func() error
	}{
		{"discovery", c.discovery},
		{"namespaces", c.namespaces},
		{"server-side apply", c.serverSideApply},
		{"patches", c.patches},
		{"custom resources", c.customResources},
		{"watch", c.watch},
		{"limits", c.limits},
		{"pages", c.pages},
		{"deletion", c.deletion},
	} {
		if err := step.run(); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		fmt.Println("ok:", step.name)
	}
	return nil
}

func (c *checks) discovery() error {
	version, err := c.typed.Discovery().ServerVersion()
	if err != nil {
		return err
	}
	if !strings.HasPrefix(version.GitVersion, "v1.") {
		return fmt.Errorf("version %q", version.GitVersion)
	}
	groups, resources, err := c.typed.Discovery().ServerGroupsAndResources()
	if err != nil {
		return err
	}
	if len(groups) < 15 || len(resources) < 15 {
		return fmt.Errorf("%d groups, %d lists of resources", len(groups), len(resources))
	}
	mapping, err := c.mapper.RESTMapping(schema.GroupKind{Group: "apps", Kind: "Deployment"})
	if err != nil {
		return err
	}
	if mapping.Resource.Resource != "deployments" || mapping.Scope.Name() != meta.RESTScopeNameNamespace {
		return fmt.Errorf("deployments: %v", mapping)
	}
	if _, err = c.mapper.RESTMapping(schema.GroupKind{Group: "example.com", Kind: "Widget"}); !meta.IsNoMatchError(err) {
		return fmt.Errorf("a kind that is not there: %v", err)
	}
	return nil
}

func (c *checks) namespaces() error {
	_, err := c.typed.CoreV1().ConfigMaps("shop").Create(c.ctx, configMap("a", nil), metav1.CreateOptions{})
	if !apierrors.IsNotFound(err) || err.Error() != `namespaces "shop" not found` {
		return fmt.Errorf("in a namespace that is not there: %v", err)
	}
	made, err := c.typed.CoreV1().Namespaces().Create(
		c.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	if made.Status.Phase != corev1.NamespaceActive || made.Labels["kubernetes.io/metadata.name"] != "shop" {
		return fmt.Errorf("namespace: %v", made)
	}
	_, err = c.typed.CoreV1().Namespaces().Create(c.ctx, made.DeepCopy(), metav1.CreateOptions{})
	if !apierrors.IsBadRequest(err) {
		return fmt.Errorf("with a resourceVersion: %v", err)
	}
	made.ResourceVersion = ""
	_, err = c.typed.CoreV1().Namespaces().Create(c.ctx, made, metav1.CreateOptions{})
	if !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("twice: %v", err)
	}
	_, err = c.typed.CoreV1().Namespaces().Create(
		c.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "Shop_"}}, metav1.CreateOptions{})
	if !apierrors.IsInvalid(err) {
		return fmt.Errorf("a bad name: %v", err)
	}
	return nil
}

func configMap(name string, data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "shop"},
		Data:       data,
	}
}

func object(apiVersion, kind, name string, fields map[string]any) *unstructured.Unstructured {
	content := map[string]any{
		"apiVersion": apiVersion, "kind": kind, "metadata": map[string]any{"name": name, "namespace": "shop"},
	}
	for key, value := range fields {
		content[key] = value
	}
	return &unstructured.Unstructured{Object: content}
}

func (c *checks) serverSideApply() error {
	maps := c.dyn.Resource(corev1.SchemeGroupVersion.WithResource("configmaps")).Namespace("shop")
	apply := func(manager string, force bool, data map[string]any) (*unstructured.Unstructured, error) {
		return maps.Apply(c.ctx, "settings", object("v1", "ConfigMap", "settings", map[string]any{"data": data}),
			metav1.ApplyOptions{FieldManager: manager, Force: force})
	}
	if _, err := apply("one", false, map[string]any{"a": "1", "b": "1"}); err != nil {
		return err
	}
	again, err := apply("one", false, map[string]any{"a": "1", "b": "1"})
	if err != nil {
		return err
	}
	same, err := apply("two", false, map[string]any{"a": "1"})
	if err != nil {
		return fmt.Errorf("the same value by another manager: %w", err)
	}
	if len(same.GetManagedFields()) != 2 {
		return fmt.Errorf("managers: %v", same.GetManagedFields())
	}
	third, err := apply("one", false, map[string]any{"a": "1", "b": "1"})
	if err != nil || third.GetResourceVersion() != same.GetResourceVersion() {
		return fmt.Errorf("no change changes something: %s, %s, %s, %v",
			again.GetResourceVersion(), same.GetResourceVersion(), third.GetResourceVersion(), err)
	}
	_, err = apply("two", false, map[string]any{"b": "2"})
	var status *apierrors.StatusError
	if !apierrors.IsConflict(err) || !errors.As(err, &status) {
		return fmt.Errorf("a conflict: %v", err)
	}
	if err.Error() != `Apply failed with 1 conflict: conflict with "one": .data.b` {
		return fmt.Errorf("its text: %q", err)
	}
	if cause := status.ErrStatus.Details.Causes[0]; cause.Type != metav1.CauseTypeFieldManagerConflict || cause.Field != ".data.b" {
		return fmt.Errorf("its cause: %v", cause)
	}
	forced, err := apply("two", true, map[string]any{"b": "2"})
	if err != nil {
		return err
	}
	if data, _, _ := unstructured.NestedStringMap(forced.Object, "data"); data["a"] != "1" || data["b"] != "2" {
		return fmt.Errorf("forced: %v", data)
	}
	less, err := apply("one", false, map[string]any{})
	if err != nil {
		return err
	}
	if data, _, _ := unstructured.NestedStringMap(less.Object, "data"); len(data) != 1 || data["b"] != "2" {
		return fmt.Errorf("what one no longer wants: %v", data)
	}
	// lists by keys: each manager has a container of its own
	deployments := c.dyn.Resource(schema.GroupVersionResource{Group: "apps", Version: "v1", Resource: "deployments"}).Namespace("shop")
	spec := func(container, image string) map[string]any {
		return map[string]any{"spec": map[string]any{
			"selector": map[string]any{"matchLabels": map[string]any{"app": "web"}},
			"template": map[string]any{
				"metadata": map[string]any{"labels": map[string]any{"app": "web"}},
				"spec": map[string]any{"containers": []any{map[string]any{"name": container, "image": image}}},
			},
		}}
	}
	for _, manager := range []string{"one", "two"} {
		if _, err := deployments.Apply(c.ctx, "web", object("apps/v1", "Deployment", "web", spec(manager, "x:1")),
			metav1.ApplyOptions{FieldManager: manager}); err != nil {
			return err
		}
	}
	web, err := deployments.Apply(c.ctx, "web", object("apps/v1", "Deployment", "web", spec("two", "x:2")),
		metav1.ApplyOptions{FieldManager: "two"})
	if err != nil {
		return err
	}
	containers, _, _ := unstructured.NestedSlice(web.Object, "spec", "template", "spec", "containers")
	if len(containers) != 2 || web.GetGeneration() != 3 {
		return fmt.Errorf("containers %v, generation %d", containers, web.GetGeneration())
	}
	_, err = maps.Apply(c.ctx, "settings", object("v1", "ConfigMap", "settings", nil), metav1.ApplyOptions{})
	if !apierrors.IsInvalid(err) && !strings.Contains(fmt.Sprint(err), "fieldManager") {
		return fmt.Errorf("without a manager: %v", err)
	}
	return nil
}

func (c *checks) patches() error {
	maps := c.typed.CoreV1().ConfigMaps("shop")
	made, err := maps.Create(c.ctx, configMap("patched", map[string]string{"a": "1"}), metav1.CreateOptions{FieldManager: "creator"})
	if err != nil {
		return err
	}
	if _, err = maps.Patch(c.ctx, "patched", types.MergePatchType, []byte(`{"data":{"b":"2","a":null}}`), metav1.PatchOptions{}); err != nil {
		return err
	}
	patched, err := maps.Patch(c.ctx, "patched", types.JSONPatchType,
		[]byte(`[{"op":"test","path":"/data/b","value":"2"},{"op":"add","path":"/data/c~1d","value":"3"}]`), metav1.PatchOptions{})
	if err != nil {
		return err
	}
	if len(patched.Data) != 2 || patched.Data["c/d"] != "3" {
		return fmt.Errorf("patched: %v", patched.Data)
	}
	_, err = maps.Patch(c.ctx, "patched", types.JSONPatchType, []byte(`[{"op":"remove","path":"/data/x"}]`), metav1.PatchOptions{})
	if !apierrors.IsInvalid(err) {
		return fmt.Errorf("removing what is not there: %v", err)
	}
	made.Data = map[string]string{"late": "yes"}
	if _, err = maps.Update(c.ctx, made, metav1.UpdateOptions{}); !apierrors.IsConflict(err) {
		return fmt.Errorf("an update of an old version: %v", err)
	}
	web, err := c.typed.AppsV1().Deployments("shop").Patch(c.ctx, "web", types.StrategicMergePatchType,
		[]byte(`{"spec":{"template":{"spec":{"containers":[{"name":"one","image":"x:9"}]}}}}`), metav1.PatchOptions{})
	if err != nil {
		return err
	}
	if got := web.Spec.Template.Spec.Containers; len(got) != 2 || got[0].Image != "x:9" || got[1].Image != "x:2" {
		return fmt.Errorf("strategic merge: %v", got)
	}
	dry, err := maps.Patch(c.ctx, "patched", types.MergePatchType, []byte(`{"data":{"dry":"run"}}`),
		metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}})
	if err != nil || dry.Data["dry"] != "run" {
		return fmt.Errorf("dry run: %v, %v", dry, err)
	}
	if now, err := maps.Get(c.ctx, "patched", metav1.GetOptions{}); err != nil || now.Data["dry"] != "" {
		return fmt.Errorf("after a dry run: %v, %v", now, err)
	}
	return nil
}

func (c *checks) customResources() error {
	text := "string"
	definition := &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: "widgets.example.com"},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: "example.com",
			Scope: apiextensionsv1.NamespaceScoped,
			Names: apiextensionsv1.CustomResourceDefinitionNames{Plural: "widgets", Kind: "Widget", ShortNames: []string{"wd"}},
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: "v1", Served: true, Storage: true,
				Schema: &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: &apiextensionsv1.JSONSchemaProps{
					Type: "object",
					Properties: map[string]apiextensionsv1.JSONSchemaProps{
						"spec": {
							Type: "object", Required: []string{"size"},
							Properties: map[string]apiextensionsv1.JSONSchemaProps{
								"size":  {Type: "integer"},
								"color": {Type: text, Default: &apiextensionsv1.JSON{Raw: []byte(`"red"`)}},
							},
						},
						"status": {Type: "object", Properties: map[string]apiextensionsv1.JSONSchemaProps{"seen": {Type: text}}},
					},
				}},
				Subresources: &apiextensionsv1.CustomResourceSubresources{Status: &apiextensionsv1.CustomResourceSubresourceStatus{}},
			}},
		},
	}
	crds := c.crds.ApiextensionsV1().CustomResourceDefinitions()
	if _, err := crds.Create(c.ctx, definition, metav1.CreateOptions{}); err != nil {
		return err
	}
	err := wait.PollUntilContextCancel(c.ctx, 50*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		now, err := crds.Get(ctx, "widgets.example.com", metav1.GetOptions{})
		if err != nil {
			return false, err
		}
		for _, condition := range now.Status.Conditions {
			if condition.Type == apiextensionsv1.Established && condition.Status == apiextensionsv1.ConditionTrue {
				return true, nil
			}
		}
		return false, nil
	})
	if err != nil {
		return err
	}
	c.mapper.Reset()
	if _, err = c.mapper.RESTMapping(schema.GroupKind{Group: "example.com", Kind: "Widget"}); err != nil {
		return err
	}
	all := c.dyn.Resource(widgets).Namespace("shop")
	_, err = all.Create(c.ctx, object("example.com/v1", "Widget", "w", map[string]any{"spec": map[string]any{"size": "big"}}), metav1.CreateOptions{})
	if !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), "spec.size in body must be of type integer") {
		return fmt.Errorf("a wrong type: %v", err)
	}
	made, err := all.Create(c.ctx, object("example.com/v1", "Widget", "w", map[string]any{
		"spec": map[string]any{"size": int64(3), "unknown": "x"}, "status": map[string]any{"seen": "early"},
	}), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	spec, _, _ := unstructured.NestedMap(made.Object, "spec")
	if spec["color"] != "red" || spec["unknown"] != nil || made.Object["status"] != nil || made.GetGeneration() != 1 {
		return fmt.Errorf("made: %v", made.Object)
	}
	_, err = all.Create(c.ctx, object("example.com/v1", "Widget", "s", map[string]any{"spec": map[string]any{"size": int64(3), "unknown": "x"}}),
		metav1.CreateOptions{FieldValidation: metav1.FieldValidationStrict})
	if !apierrors.IsBadRequest(err) || !strings.Contains(err.Error(), `unknown field "spec.unknown"`) {
		return fmt.Errorf("strict: %v", err)
	}
	made.Object["status"] = map[string]any{"seen": "now"}
	made.Object["spec"] = map[string]any{"size": int64(99)}
	seen, err := all.UpdateStatus(c.ctx, made, metav1.UpdateOptions{})
	if err != nil {
		return err
	}
	size, _, _ := unstructured.NestedInt64(seen.Object, "spec", "size")
	if size != 3 || seen.GetGeneration() != 1 {
		return fmt.Errorf("the status took the spec along: %v", seen.Object)
	}
	seen.Object["spec"] = map[string]any{"size": int64(4)}
	changed, err := all.Update(c.ctx, seen, metav1.UpdateOptions{})
	if err != nil || changed.GetGeneration() != 2 {
		return fmt.Errorf("generation: %v, %v", changed, err)
	}
	return nil
}

// watch uses an informer, which lists and watches as controllers do.
func (c *checks) watch() error {
	events := make(chan string, 100)
	factory := dynamicinformer.NewFilteredDynamicSharedInformerFactory(c.dyn, 0, "shop", nil)
	informer := factory.ForResource(widgets).Informer()
	name := func(o any) string {
		if gone, ok := o.(cache.DeletedFinalStateUnknown); ok {
			o = gone.Obj
		}
		return o.(*unstructured.Unstructured).GetName()
	}
	if _, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { events <- "add " + name(o) },
		UpdateFunc: func(_, o any) { events <- "update " + name(o) },
		DeleteFunc: func(o any) { events <- "delete " + name(o) },
	}); err != nil {
		return err
	}
	factory.Start(c.ctx.Done())
	if !cache.WaitForCacheSync(c.ctx.Done(), informer.HasSynced) {
		return errors.New("the informer does not sync")
	}
	all := c.dyn.Resource(widgets).Namespace("shop")
	if _, err := all.Create(c.ctx, object("example.com/v1", "Widget", "second", map[string]any{"spec": map[string]any{"size": int64(1)}}), metav1.CreateOptions{}); err != nil {
		return err
	}
	if _, err := all.Patch(c.ctx, "second", types.MergePatchType, []byte(`{"spec":{"size":2}}`), metav1.PatchOptions{}); err != nil {
		return err
	}
	if err := all.Delete(c.ctx, "second", metav1.DeleteOptions{}); err != nil {
		return err
	}
	for _, wanted := range []string{"add w", "add second", "update second", "delete second"} {
		select {
		case got := <-events:
			if got != wanted {
				return fmt.Errorf("%q instead of %q", got, wanted)
			}
		case <-time.After(20 * time.Second):
			return fmt.Errorf("no %q", wanted)
		}
	}
	return nil
}

func (c *checks) limits() error {
	big := configMap("big", map[string]string{"a": "b"})
	big.Annotations = map[string]string{"kubectl.kubernetes.io/last-applied-configuration": strings.Repeat("x", 262145)}
	_, err := c.typed.CoreV1().ConfigMaps("shop").Create(c.ctx, big, metav1.CreateOptions{})
	if !apierrors.IsInvalid(err) || !strings.Contains(err.Error(), "metadata.annotations: Too long: may not be more than 262144 bytes") {
		return fmt.Errorf("annotations: %.200v", err)
	}
	huge := configMap("huge", map[string]string{"a": strings.Repeat("x", 4<<20)})
	if _, err = c.typed.CoreV1().ConfigMaps("shop").Create(c.ctx, huge, metav1.CreateOptions{}); !apierrors.IsRequestEntityTooLargeError(err) {
		return fmt.Errorf("4 MiB: %.200v", err)
	}
	return nil
}

func (c *checks) pages() error {
	for i := range 25 {
		one := configMap(fmt.Sprintf("page-%02d", i), nil)
		one.Labels = map[string]string{"kind": "page", "odd": fmt.Sprint(i % 2)}
		if _, err := c.typed.CoreV1().ConfigMaps("shop").Create(c.ctx, one, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	seen, next, pages := 0, "", 0
	for {
		list, err := c.typed.CoreV1().ConfigMaps("shop").List(c.ctx, metav1.ListOptions{Limit: 10, Continue: next, LabelSelector: "kind=page"})
		if err != nil {
			return err
		}
		seen += len(list.Items)
		pages++
		if next = list.Continue; next == "" {
			break
		}
	}
	if seen != 25 || pages != 3 {
		return fmt.Errorf("%d items on %d pages", seen, pages)
	}
	odd, err := c.typed.CoreV1().ConfigMaps("").List(c.ctx, metav1.ListOptions{LabelSelector: "odd in (1,7),kind,!x", FieldSelector: "metadata.namespace=shop"})
	if err != nil || len(odd.Items) != 12 {
		return fmt.Errorf("selected: %d, %v", len(odd.Items), err)
	}
	return nil
}

func (c *checks) deletion() error {
	all := c.dyn.Resource(widgets).Namespace("shop")
	held := object("example.com/v1", "Widget", "held", map[string]any{"spec": map[string]any{"size": int64(1)}})
	held.SetFinalizers([]string{"example.com/hold"})
	if _, err := all.Create(c.ctx, held, metav1.CreateOptions{}); err != nil {
		return err
	}
	if err := all.Delete(c.ctx, "held", metav1.DeleteOptions{}); err != nil {
		return err
	}
	dying, err := all.Get(c.ctx, "held", metav1.GetOptions{})
	if err != nil || dying.GetDeletionTimestamp() == nil {
		return fmt.Errorf("with a finalizer: %v, %v", dying, err)
	}
	if _, err = all.Patch(c.ctx, "held", types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`), metav1.PatchOptions{}); err != nil {
		return err
	}
	if _, err = all.Get(c.ctx, "held", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		return fmt.Errorf("without it: %v", err)
	}
	if err = c.typed.CoreV1().Namespaces().Delete(c.ctx, "shop", metav1.DeleteOptions{}); err != nil {
		return err
	}
	err = wait.PollUntilContextCancel(c.ctx, 50*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		_, err := c.typed.CoreV1().Namespaces().Get(ctx, "shop", metav1.GetOptions{})
		return apierrors.IsNotFound(err), nil
	})
	if err != nil {
		return err
	}
	if _, err = all.Get(c.ctx, "w", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		return fmt.Errorf("after its namespace: %v", err)
	}
	if err = c.crds.ApiextensionsV1().CustomResourceDefinitions().Delete(c.ctx, "widgets.example.com", metav1.DeleteOptions{}); err != nil {
		return err
	}
	if _, err = all.List(c.ctx, metav1.ListOptions{}); !apierrors.IsNotFound(err) {
		return fmt.Errorf("after its definition: %v", err)
	}
	err = c.typed.CoreV1().Namespaces().Delete(c.ctx, "kube-system", metav1.DeleteOptions{})
	if !apierrors.IsForbidden(err) {
		return fmt.Errorf("kube-system: %v", err)
	}
	return nil
}
