"""Addresses of the register, under ``persons/``."""

from django.urls import path

from guitu.people.views import changes, lists, orders, person

app_name = "people"
urlpatterns = [
    path("", lists.persons_page, name="list"),
    path("export.csv", lists.export, name="export"),
    path("new/", changes.new, name="new"),
    path("term/", changes.term, name="term"),
    path("orders/", orders.orders, name="orders"),
    path("orders/<int:pk>/", orders.order, name="order"),
    path("cases/<int:pk>/order/", orders.order_new, name="order_new"),
    path("cases/<int:pk>/step/<slug:name>/", changes.step, name="step"),
    path("cases/<int:pk>/report/", changes.report, name="report"),
    path("cases/<int:pk>/level/", changes.level, name="level"),
    path("cases/<int:pk>/team/", changes.team, name="team"),
    path("cases/<int:pk>/prohibition/", changes.prohibition, name="prohibition"),
    path("contacts/<int:pk>/reveal/", person.reveal_contact, name="reveal_contact"),
    path("<int:pk>/", person.person, name="person"),
    path("<int:pk>/reveal/<slug:column>/", person.reveal, name="reveal"),
    path("<int:pk>/photo.jpg", person.photo, name="photo"),
    path("<int:pk>/timeline/", person.timeline, name="timeline"),
    path("<int:pk>/history/", person.history, name="history"),
    path("<int:pk>/edit/", changes.edit, name="edit"),
    path("<int:pk>/contact/", changes.contact, name="contact"),
    path("<int:pk>/photo/", changes.photo_new, name="photo_new"),
    path("<int:pk>/move/", changes.move, name="move"),
    path("<int:pk>/case/", changes.case_new, name="case_new"),
]
