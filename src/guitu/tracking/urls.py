"""Addresses of tracking, at the root."""

from django.urls import path

from guitu.tracking.views import alarms, devices, fences, live, positions, trails

app_name = "tracking"
urlpatterns = [
    path("alarms/", alarms.alarms, name="alarms"),
    path("alarms/pane/", alarms.alarms_pane, name="alarms_pane"),
    path("alarms/closed/", alarms.alarms_closed, name="alarms_closed"),
    path("alarms/<int:pk>/", alarms.alarm, name="alarm"),
    path("alarms/<int:pk>/act/", alarms.alarm_act, name="alarm_act"),
    path("alarms/<int:pk>/phone/", alarms.alarm_phone, name="alarm_phone"),
    path("map/", positions.positions_page, name="map"),
    path("map/positions.json", positions.positions, name="map_positions"),
    path("persons/<int:pk>/trail/", trails.trail, name="trail"),
    path("persons/<int:pk>/trail.json", trails.trail_data, name="trail_data"),
    path("persons/<int:pk>/trail/export/<slug:form>/", trails.trail_export, name="trail_export"),
    path("fences/", fences.fences, name="fences"),
    path("fences/new/", fences.fence_new, name="fence_new"),
    path("fences/<int:pk>/", fences.fence, name="fence"),
    path("fences/<int:pk>/edit/", fences.fence_edit, name="fence_edit"),
    path("fences/<int:pk>/retire/", fences.fence_retire, name="fence_retire"),
    path("fences/<int:pk>/assign/", fences.fence_assign, name="fence_assign"),
    path("fences/subjects/<int:pk>/end/", fences.fence_unassign, name="fence_unassign"),
    path("devices/", devices.devices, name="devices"),
    path("devices/new/", devices.device_new, name="device_new"),
    path("devices/quarantine/", devices.quarantine, name="quarantine"),
    path("devices/quarantine/<int:pk>/", devices.quarantine_act, name="quarantine_act"),
    path("devices/conflicts/<int:pk>/settle/", devices.conflict_settle, name="conflict_settle"),
    path("devices/<int:pk>/", devices.device, name="device"),
    path("devices/<int:pk>/act/", devices.device_act, name="device_act"),
    path("wearings/cases/<int:pk>/", devices.wear, name="wear"),
    path("wearings/<int:pk>/off/", devices.take_off, name="take_off"),
    path("live/ticket/", live.ticket, name="live_ticket"),
]
