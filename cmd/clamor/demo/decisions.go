package demo

import "clamor"

// Decision is what the sample company's product managers decided about the feature of a title.
type Decision struct {
	Title string
	Edit  clamor.FeatureEdit
}

// Decisions are made after the triage.
func Decisions() []Decision {
	decide := func(title, area, team string, effort int64, status clamor.Status) Decision {
		return Decision{title, clamor.FeatureEdit{Area: &area, Team: &team, Effort: &effort, Status: &status}}
	}
	refuse := func(title, area, reason string) Decision {
		status := clamor.StatusWontDo
		return Decision{title, clamor.FeatureEdit{Area: &area, Status: &status, StatusReason: &reason}}
	}
	return []Decision{
		decide("Offline mode in the mobile app", "Mobile", "Field app", 34, clamor.StatusInProgress),
		decide("Dark mode", "Mobile", "Field app", 3, clamor.StatusNew),
		decide("Scan asset labels by QR or barcode", "Mobile", "Field app", 5, clamor.StatusConsidered),
		decide("App in other languages", "Mobile", "Field app", 21, clamor.StatusConsidered),
		decide("Larger attachments and video", "Mobile", "Field app", 3, clamor.StatusNew),
		decide("Draw on photos (already available)", "Mobile", "Field app", 0, clamor.StatusAvailable),
		decide("Push notifications for newly assigned jobs (already available)", "Mobile", "Field app", 0, clamor.StatusAvailable),
		decide("Checklists with conditional questions", "Mobile", "Forms", 13, clamor.StatusConsidered),
		decide("Custom layout and branding of service reports", "Reporting", "Forms", 13, clamor.StatusNew),
		decide("Export work orders and lists to CSV or Excel", "Reporting", "Insights", 5, clamor.StatusPlanned),
		decide("Own dashboards and KPIs", "Reporting", "Insights", 21, clamor.StatusNew),
		decide("Reports sent by e-mail on a schedule", "Reporting", "Insights", 5, clamor.StatusNew),
		decide("Single sign-on (SAML, Okta, Entra ID)", "Security", "Identity", 21, clamor.StatusPlanned),
		decide("SCIM user provisioning", "Security", "Identity", 8, clamor.StatusNew),
		decide("Audit log of who changed what", "Security", "Identity", 8, clamor.StatusConsidered),
		decide("Custom roles and permissions", "Security", "Identity", 21, clamor.StatusConsidered),
		decide("Enforce two-factor login", "Security", "Identity", 2, clamor.StatusNew),
		decide("Customer-managed encryption keys", "Security", "Platform", 55, clamor.StatusConsidered),
		decide("Data residency in the EU", "Security", "Platform", 34, clamor.StatusConsidered),
		decide("Contractual uptime SLA and status page", "Security", "Platform", 5, clamor.StatusConsidered),
		decide("Outgoing webhooks when a work order changes", "Integrations", "Platform", 13, clamor.StatusConsidered),
		decide("Higher API rate limits", "Integrations", "Platform", 2, clamor.StatusNew),
		decide("QuickBooks sync", "Integrations", "Back office", 13, clamor.StatusNew),
		decide("SAP integration", "Integrations", "Back office", 34, clamor.StatusNew),
		decide("Jira integration", "Integrations", "Back office", 8, clamor.StatusNew),
		decide("Import assets and customers from CSV", "Integrations", "Back office", 8, clamor.StatusInProgress),
		decide("Edit or reassign many work orders at once", "Scheduling", "Dispatch", 5, clamor.StatusConsidered),
		decide("Recurring schedules for preventive maintenance", "Scheduling", "Dispatch", 13, clamor.StatusConsidered),
		decide("Map view of jobs and technicians for dispatchers", "Scheduling", "Dispatch", 13, clamor.StatusNew),
		decide("Jobs over several days or with several technicians", "Scheduling", "Dispatch", 21, clamor.StatusNew),
		decide("Response-time targets on work orders with escalation", "Scheduling", "Dispatch", 13, clamor.StatusConsidered),
		decide("Assign by skill or certification", "Scheduling", "Dispatch", 8, clamor.StatusNew),
		decide("Route planning for the day", "Scheduling", "Dispatch", 21, clamor.StatusNew),
		decide("Parts inventory on vans", "Inventory", "Back office", 13, clamor.StatusConsidered),
		decide("Nested assets", "Inventory", "Back office", 21, clamor.StatusNew),
		refuse("Automatic check-in by location", "Mobile", "The crews' unions and works councils at several customers refuse any tracking. The check-in button stays one tap."),
		refuse("Weather warnings on the board", "Scheduling", "Forecasts differ by trade and country; a link to your own weather service can be put on the board instead."),
	}
}
