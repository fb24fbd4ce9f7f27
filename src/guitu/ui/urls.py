"""The living page of the design; the front door says where it stands and who may see it."""

from django.urls import path

from guitu.ui import views

urlpatterns = [path("", views.design, name="design")]
