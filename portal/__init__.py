"""Amont: one kind of process, one database, one direction.

A room imports the rooms below it, never one above; import-linter holds the rule (`make check`).

    __main__
    wsgi, cli       how it starts: web process, command line
    demo            fictional data and the personas' door
    scheduler       the timetable, its own process
    app             create_app(): registers by name what lower rooms must not import
    supervision     outbox, jobs and journal for administrators
    desks           the home of each role: what waits for me; the desk of a network head
    opendata, reminders, stories
                    what leaves the portal as data; which reminder is due to whom; what buyers tell of what worked
    indicators      figures, each traceable, and the editions that freeze them
    commitments     promised against done: each kind, pools of contracts, simulated penalties
    declarations    the month: participants, lines, deposit, acceptance, delta ledger
    calibration     what structures could carry of a lot, other ways to cut it
    groupements     who answers together: members, parts, agreement, seal
    sourcing        interest, questions, exchanges, meetings, support actions, journal of equal treatment
    alerts          what people follow and the searches they keep; one mail, stopped in one click
    requests, programmes
                    what a department asks of purchasing; a programme brought as a file
    matching        which structures could answer a lot: « Pour vous », potential, eligibility
    forecast        projects, lots, levers, legal check, publication, revisions, award
    contracts       contracts, titulaires, commitments, DECP and expenses imports
    accounts        people, sign-in, memberships, invitations, claims
    directory       organisations, kinds, territories, trades, affiliations
    pieces          files that people bring: told by their content, kept once each, let go once nothing names them
    web, outbox, journal, jobs, intake, printing
                    what every page needs; e-mails promised; who did what; scheduled runs; files of rows read;
                    accessible PDF
    storage         engine, session, unit of work, column types, text search
    logs            one line per event, for people or for machines
    kernel          clock, month, period, SIRET, money, hours, errors, actor: no Flask, no SQL
    vocabulary      every closed list: stored code and French label

Inside a feature the file names never vary: rules, models, queries, policies, emails, services, forms, views, jobs.
"""
