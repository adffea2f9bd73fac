"""Telling other systems of questions: PagerDuty Events v2 and Alertmanager's webhook form. Never in the fleet's way."""
