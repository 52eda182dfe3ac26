"""Whom each route is for: the second statement of the rules of access, written by hand.

A route that is not here fails the build, so that whoever adds one says who it is for.
"""

from __future__ import annotations

from outreach.accounts.permissions import ROLES

STAFF = frozenset(ROLES)
CASEWORKERS = frozenset({"caseworker"})
FIELD = frozenset({"caseworker", "supervisor"})
# Whoever hands people over, and those who receive them.
BOTH_SIDES = FIELD | {"receiver"}
RECEIVERS = frozenset({"receiver"})
SUPERVISORS = frozenset({"supervisor"})
FIGURES = frozenset({"analyst", "supervisor"})
NIGHT = frozenset({"administrator", "supervisor"})
ADMINISTRATORS = frozenset({"administrator"})
AUDIENCE: dict[frozenset[str], str] = {
    STAFF: """
        GET /
        GET /vart
        GET /konto
        POST /konto/losenord
        POST /konto/mejl
        GET /konto/tva-steg
        POST /konto/tva-steg
        GET /konto/tva-steg/app
        POST /konto/tva-steg/app
        POST /konto/tva-steg/reservkoder
        POST /konto/tva-steg/stang-av
        POST /logga-ut
        GET /las
        POST /las
        POST /las/oppna
        DELETE /api/v1/session
        POST /api/v1/session/lock
        POST /api/v1/session/unlock
        PUT /api/v1/devices/here/code
        GET /api/v1/me
        POST /api/v1/me/password
        GET /api/v1/codes
        GET /api/v1/sites
        GET /api/v1/directory
        GET /api/v1/directory/<uuid:entry_id>
        GET /api/v1/sites/<site>/opening-hours
    """,
    CASEWORKERS: """
        GET /falt
        GET /falt/ny
        GET /falt/att-ratta
        GET /falt/efterat
        POST /falt/efterat
        POST /api/v1/contacts
        POST /api/v1/contacts/batch
        POST /api/v1/devices/here/grants
        POST /api/v1/recognition-codes
        POST /api/v1/recognition-codes/lookup
        GET /koder
        POST /koder
        POST /koder/sok
        POST /koder/ark
        GET /koder/ark/<uuid:sheet_id>
        GET /koder/<uuid:code_id>
        GET /koder/<uuid:code_id>/boka
        POST /koder/<uuid:code_id>/boka
        POST /api/v1/shifts/<uuid:shift_id>/start
        GET /api/v1/changes
    """,
    FIELD: """
        GET /pass
        GET /pass/<uuid:shift_id>/stang
        POST /pass/<uuid:shift_id>/stang
        GET /pass/<uuid:shift_id>/ta-bort/<uuid:contact_id>
        POST /pass/<uuid:shift_id>/ta-bort/<uuid:contact_id>
        GET /api/v1/contacts
        GET /api/v1/contacts/<uuid:contact_id>
        PATCH /api/v1/contacts/<uuid:contact_id>
        POST /api/v1/contacts/<uuid:contact_id>/void
        POST /api/v1/shifts
        GET /api/v1/shifts
        GET /api/v1/shifts/<uuid:shift_id>
        POST /api/v1/shifts/<uuid:shift_id>/close
        GET /api/v1/closures
        GET /uppfoljningar
        GET /uppfoljningar/ny
        GET /uppfoljningar/<uuid:followup_id>
        POST /uppfoljningar/<uuid:followup_id>
        POST /uppfoljningar/<uuid:followup_id>/utfall
        POST /uppfoljningar/<uuid:followup_id>/angra
        POST /uppfoljningar/<uuid:followup_id>/kontakt
        GET /uppfoljningar/<uuid:followup_id>/boka-om
        POST /uppfoljningar/<uuid:followup_id>/boka-om
        GET /deltagare/<uuid:participant_id>/boka
        POST /deltagare/<uuid:participant_id>/boka
        GET /api/v1/followups
        POST /api/v1/followups
        GET /api/v1/followups/slots
        GET /api/v1/followups/<uuid:followup_id>
        PATCH /api/v1/followups/<uuid:followup_id>
        POST /api/v1/followups/<uuid:followup_id>/reschedule
        POST /api/v1/followups/<uuid:followup_id>/outcome
        DELETE /api/v1/followups/<uuid:followup_id>/outcome
        GET /api/v1/sync/review
        POST /api/v1/sync/review/<uuid:kept_id>/decide
        GET /far-vi-beratta
        GET /deltagare/<uuid:participant_id>/beratta
        GET /deltagare/<uuid:participant_id>/beratta/ny
        POST /deltagare/<uuid:participant_id>/beratta
        GET /beratta/<uuid:consent_id>
        GET /beratta/<uuid:consent_id>/ta-tillbaka
        POST /beratta/<uuid:consent_id>/ta-tillbaka
        GET /api/v1/participants/latest
        GET /api/v1/participants/suggestions
        GET /api/v1/participants/later
        GET /att-koppla/<uuid:later_id>/ta-bort
        POST /att-koppla/<uuid:later_id>/ta-bort
        GET /api/v1/consents
        POST /api/v1/consents
        GET /api/v1/consents/<uuid:consent_id>
        POST /api/v1/consents/<uuid:consent_id>/withdraw
        POST /api/v1/handoffs
        GET /deltagare/<uuid:participant_id>/lamna-over
        POST /deltagare/<uuid:participant_id>/lamna-over
        GET /overlamningar/<uuid:handoff_id>/boka
        POST /overlamningar/<uuid:handoff_id>/boka
        GET /overlamningar/<uuid:handoff_id>/fraga
        POST /overlamningar/<uuid:handoff_id>/valj
        PATCH /api/v1/handoffs/<uuid:handoff_id>
        GET /api/v1/handoffs/<uuid:handoff_id>/preview
        GET /stodperiod
        GET /stodperiod/<uuid:enrolment_id>
        POST /stodperiod/<uuid:enrolment_id>
        POST /stodperiod/<uuid:enrolment_id>/ansvarig
        GET /stodperiod/<uuid:enrolment_id>/avsluta
        POST /stodperiod/<uuid:enrolment_id>/avsluta
        POST /stodperiod/<uuid:enrolment_id>/manad
        POST /stodperiod/<uuid:enrolment_id>/ny
        GET /efter-jobbstart
        POST /efter-jobbstart/<uuid:check_id>
        POST /efter-jobbstart/<uuid:check_id>/angra
        GET /api/v1/checks
        POST /api/v1/checks/<uuid:check_id>/answer
        DELETE /api/v1/checks/<uuid:check_id>/answer
        GET /api/v1/enrolments
        POST /api/v1/enrolments
        GET /api/v1/enrolments/without-contact
        GET /api/v1/enrolments/month-checks
        GET /api/v1/enrolments/<uuid:enrolment_id>
        PATCH /api/v1/enrolments/<uuid:enrolment_id>
        PUT /api/v1/enrolments/<uuid:enrolment_id>/responsible
        POST /api/v1/enrolments/<uuid:enrolment_id>/close
        POST /api/v1/participants/search
        GET /api/v1/participants/<uuid:participant_id>
        PATCH /api/v1/participants/<uuid:participant_id>
        POST /api/v1/participants/<uuid:participant_id>/openings
        PUT /api/v1/participants/<uuid:participant_id>/next-step
        POST /api/v1/participants/<uuid:participant_id>/next-step/done
        GET /api/v1/participants/<uuid:participant_id>/accesses
        GET /mina-deltagare
        GET /deltagare
        POST /deltagare
        GET /deltagare/<uuid:participant_id>
        POST /deltagare/<uuid:participant_id>/oppna
        GET /deltagare/<uuid:participant_id>/andra
        POST /deltagare/<uuid:participant_id>/andra
        GET /deltagare/<uuid:participant_id>/nasta-steg
        POST /deltagare/<uuid:participant_id>/nasta-steg
        POST /deltagare/<uuid:participant_id>/nasta-steg/klart
        POST /deltagare/<uuid:participant_id>/anteckningar
        GET /deltagare/<uuid:participant_id>/tittat
        GET /deltagare/<uuid:participant_id>/vet
        GET /api/v1/caseload
        GET /deltagare/ny
        POST /deltagare/ny
        GET /deltagare/<uuid:participant_id>/inskriven
        GET /deltagare/<uuid:participant_id>/koppla
        POST /deltagare/<uuid:participant_id>/koppla
        POST /deltagare/<uuid:participant_id>/koppla/<uuid:contact_id>
        POST /deltagare/<uuid:participant_id>/koppla-loss/<uuid:link_id>
        POST /deltagare/<uuid:participant_id>/forslag/<uuid:suggestion_id>/nej
        POST /deltagare/<uuid:participant_id>/lanka
        POST /deltagare/<uuid:participant_id>/isar/<uuid:join_id>
        GET /deltagare/<uuid:participant_id>/angra
        GET /deltagare/<uuid:participant_id>/angra/<door>
        POST /deltagare/<uuid:participant_id>/angra/<door>
        POST /api/v1/participants
        POST /api/v1/participants/<uuid:participant_id>/links
        DELETE /api/v1/participants/<uuid:participant_id>/links/<uuid:link_id>
        GET /api/v1/participants/<uuid:participant_id>/suggestions
        POST /api/v1/participants/<uuid:participant_id>/suggestions/<uuid:suggestion_id>/reject
        GET /api/v1/participants/<uuid:participant_id>/same-as
        POST /api/v1/participants/<uuid:participant_id>/same-as
        DELETE /api/v1/participants/<uuid:participant_id>/same-as/<uuid:join_id>
        POST /api/v1/participants/<uuid:participant_id>/regret
    """,
    RECEIVERS: """
        GET /overlamningar/osa
        GET /overlamningar/osa.ics
        POST /overlamningar/ovriga
        POST /overlamningar/<uuid:handoff_id>/osa
        POST /overlamningar/<uuid:handoff_id>/stod
        PATCH /api/v1/handoffs/<uuid:handoff_id>/osa
        PATCH /api/v1/handoffs/<uuid:handoff_id>/ips
    """,
    BOTH_SIDES: """
        GET /konto/kalender
        POST /konto/kalender
        POST /konto/kalender/<uuid:calendar_id>/stoppa
        GET /api/v1/calendars
        POST /api/v1/calendars
        DELETE /api/v1/calendars/<uuid:calendar_id>
        GET /overlamningar
        GET /overlamningar/<uuid:handoff_id>
        POST /overlamningar/<uuid:handoff_id>/gor/<action>
        POST /overlamningar/<uuid:handoff_id>/sett
        GET /api/v1/handoffs
        GET /api/v1/handoffs/<uuid:handoff_id>
        POST /api/v1/handoffs/<uuid:handoff_id>/send
        POST /api/v1/handoffs/<uuid:handoff_id>/return
        POST /api/v1/handoffs/<uuid:handoff_id>/accept
        POST /api/v1/handoffs/<uuid:handoff_id>/decline
        POST /api/v1/handoffs/<uuid:handoff_id>/start
        POST /api/v1/handoffs/<uuid:handoff_id>/first-meeting
        POST /api/v1/handoffs/<uuid:handoff_id>/complete
        POST /api/v1/handoffs/<uuid:handoff_id>/not-complete
        POST /api/v1/handoffs/<uuid:handoff_id>/withdraw
        POST /api/v1/handoffs/<uuid:handoff_id>/messages
        POST /api/v1/handoffs/<uuid:handoff_id>/take-in
    """,
    SUPERVISORS: """
        POST /siffror/faststallda
        POST /api/v1/publications
        POST /plattor/<uuid:device_id>/granska
        POST /plattor/<uuid:device_id>/granska/<uuid:kept_id>
        GET /radering
        GET /radering/<uuid:request_id>
        POST /radering/<uuid:request_id>
        GET /api/v1/erasure-requests
        GET /api/v1/erasure-requests/<uuid:request_id>
        POST /api/v1/erasure-requests/<uuid:request_id>/decide
        POST /pass
        GET /pass/ny
        GET /pass/<uuid:shift_id>
        POST /pass/<uuid:shift_id>
        POST /pass/<uuid:shift_id>/stall-in
        GET /pass/stangt/ny
        POST /pass/stangt
        POST /pass/stangt/<uuid:closure_id>/ta-tillbaka
        GET /kontakter
        GET /kontakter.csv
        GET /pass/oppettider
        GET /pass/oppettider/<site>
        POST /pass/oppettider/<site>
        PUT /api/v1/sites/<site>/opening-hours
        PATCH /api/v1/shifts/<uuid:shift_id>
        POST /api/v1/shifts/<uuid:shift_id>/cancel
        POST /api/v1/closures
        GET /api/v1/absences
        POST /api/v1/absences
        POST /api/v1/absences/<uuid:absence_id>/withdraw
        POST /api/v1/closures/<uuid:closure_id>/withdraw
    """,
    FIGURES: """
        GET /siffror
        GET /siffror.csv
        GET /siffror/underlag
        POST /siffror/underlag
        POST /siffror/underlag/rader
        POST /siffror/underlag/kolada
        GET /siffror/underlag/<uuid:figure_id>
        POST /siffror/underlag/<uuid:figure_id>
        POST /siffror/underlag/<uuid:figure_id>/ta-bort
        GET /siffror/faststallda
        GET /siffror/faststallda/<uuid:publication_id>
        GET /siffror/faststallda/<uuid:publication_id>.json
        GET /siffror/faststallda/<uuid:publication_id>.csv
        GET /api/v1/publications
        GET /api/v1/publications/<uuid:publication_id>.json
        GET /api/v1/publications/<uuid:publication_id>.csv
        GET /api/v1/figures
        POST /api/v1/indicators
    """,
    NIGHT: """
        GET /natten
        GET /api/v1/jobs
        GET /api/v1/devices
        GET /plattor
        GET /plattor/<uuid:device_id>
        GET /plattor/<uuid:device_id>/granska
        POST /plattor/<uuid:device_id>/forlust/<uuid:loss_id>
    """,
    ADMINISTRATORS: """
        GET /plattor/ny
        POST /plattor
        POST /plattor/<uuid:device_id>/kod
        POST /plattor/<uuid:device_id>/sparra
        POST /api/v1/devices
        POST /api/v1/devices/<uuid:device_id>/code
        POST /api/v1/devices/<uuid:device_id>/revoke
        GET /namnder
        POST /namnder/<committee>
        GET /api/v1/doors
        PUT /api/v1/doors/<committee>
        POST /natten
        POST /api/v1/jobs/nightly
        GET /nycklar
        POST /nycklar
        POST /nycklar/<uuid:token_id>/sparra
        GET /api/v1/tokens
        POST /api/v1/tokens
        POST /api/v1/tokens/<uuid:token_id>/revoke
        GET /personal
        GET /personal/ny
        POST /personal
        GET /personal/<uuid:user_id>
        POST /personal/<uuid:user_id>
        POST /personal/<uuid:user_id>/avsluta
        POST /personal/<uuid:user_id>/logga-ut
        POST /personal/<uuid:user_id>/losenord
        POST /personal/<uuid:user_id>/slapp-in
        POST /personal/<uuid:user_id>/tva-steg
        GET /personal/enheter/ny
        POST /personal/enheter
        GET /personal/enheter/<uuid:unit_id>
        POST /personal/enheter/<uuid:unit_id>
        GET /api/v1/users
        POST /api/v1/users
        GET /api/v1/users/<uuid:user_id>
        PATCH /api/v1/users/<uuid:user_id>
        PUT /api/v1/users/<uuid:user_id>/password
        POST /api/v1/users/<uuid:user_id>/close
        POST /api/v1/users/<uuid:user_id>/end-sessions
        POST /api/v1/users/<uuid:user_id>/reset-second-factor
        POST /api/v1/users/<uuid:user_id>/reset-tries
        GET /api/v1/units
        POST /api/v1/units
        PATCH /api/v1/units/<uuid:unit_id>
        GET /kodlistor
        GET /kodlistor/<list_name>
        POST /kodlistor/<list_name>
        GET /kodlistor/<list_name>/<code>
        POST /kodlistor/<list_name>/<code>
        POST /kodlistor/<list_name>/<code>/avsluta
        POST /api/v1/codes/<list_name>
        PATCH /api/v1/codes/<list_name>/<code>
        GET /platser
        GET /platser/ny
        GET /platser/ansvar/ny
        POST /platser/ansvar
        GET /platser/ansvar/<uuid:duty_id>
        POST /platser/ansvar/<uuid:duty_id>
        POST /platser/ansvar/<uuid:duty_id>/identitet
        GET /api/v1/duties
        POST /api/v1/duties
        POST /api/v1/duties/<uuid:duty_id>/end
        POST /api/v1/duties/<uuid:duty_id>/identity
        GET /katalog
        GET /katalog/ny
        POST /katalog
        GET /katalog/<uuid:entry_id>
        POST /katalog/<uuid:entry_id>
        POST /katalog/<uuid:entry_id>/avsluta
        POST /katalog/<uuid:entry_id>/kontrollerad
        POST /api/v1/directory
        PATCH /api/v1/directory/<uuid:entry_id>
        POST /api/v1/directory/<uuid:entry_id>/check
        POST /api/v1/directory/<uuid:entry_id>/retire
    """,
}
ALLOWED = {
    route.strip(): roles
    for roles, routes in AUDIENCE.items()
    for route in routes.strip().splitlines()
}
PUBLIC = {
    "GET /health",
    "GET /ready",
    "GET /metrics",
    "GET /static/<path:filename>",
    "GET /api/v1/openapi.json",
    # Whoever has the address has the right; it is a secret.
    "GET /api/v1/calendars/<token>.ics",
    "GET /api/docs",
    "GET /om",
    "GET /problems/<slug>",
    "GET /logga-in",
    "POST /logga-in",
    "GET /logga-in/kod",
    "POST /logga-in/kod",
    "POST /api/v1/session",
    "GET /platta",
    "POST /api/v1/devices/enrolments",
    "POST /sprak",
    "POST /tema",
    "GET /falt/skal",
    "GET /vart/skal",
    "GET /manifest.webmanifest",
    "GET /service-worker.js",
}
# What a tablet's token alone opens, whoever is signed in or nobody.
BY_DEVICE = {
    "POST /api/v1/session/switch",
    "POST /api/v1/sync",
}
