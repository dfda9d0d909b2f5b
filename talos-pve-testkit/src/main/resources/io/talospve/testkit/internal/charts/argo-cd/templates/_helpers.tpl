{{- define "argo-cd.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" -}}
{{- else if contains .Values.nameOverride .Release.Name -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}
{{- end }}

{{- define "argo-cd.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end }}

{{- define "argo-cd.image" -}}
{{ .Values.global.image.repository }}:{{ default .Chart.AppVersion .Values.global.image.tag }}
{{- end }}

{{- define "argo-cd.redisPassword" -}}
- name: REDIS_PASSWORD
  valueFrom: {secretKeyRef: {name: argocd-redis, key: auth, optional: false}}
{{- end }}
