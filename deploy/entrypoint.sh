#!/bin/sh
# Start one role of the image:
#
#   web                     the API and the admin, on port 8010 inside the container
#   beat                    the timetable; exactly one in an installation
#   worker default          logins, catalogue reads, everything but repricing
#   worker push             price changes on their way; one process, however many stores
#   worker whatsapp         what gateways of WhatsApp tell, and what is sent through them
#   worker containers       a container for each seller's gateway; the one role that needs an engine
#   worker 0 .. worker 3    the markets of one shard (demper-0 .. demper-3 mean the same, so that the
#                           name of a replica can be passed as it is)
#   migrate                 bring the schema up to date and end
#   manage COMMAND ...      any management command
#   sandbox [OPTION ...]    the stand-in marketplace (only in the image target of that name)
set -eu

fail() {
    echo "entrypoint: $1" >&2
    exit 64
}

shard_of() {
    case "$1" in
        [0-9] | [0-9][0-9]) echo "$1" ;;
        *-[0-9] | *-[0-9][0-9]) echo "${1##*-}" ;;
        *) fail "worker wants 'default', 'push', 'whatsapp', 'containers' or the number of a shard, not '$1'" ;;
    esac
}

[ $# -gt 0 ] || fail "name a role: web, beat, worker, migrate, manage or sandbox"
role=$1
shift
rm -f "$PULSE_FILE" # a predecessor's, where a restart keeps /tmp
echo "$role" > "$ROLE_FILE"
celery="python deploy/pulse.py -A cube_demper --quiet" # no banner between lines of JSON

case "$role" in
    web)
        # Streams of events keep a thread each: those come on top.
        # An idle connection is kept for 60 s: longer than a proxy in front should keep it, so that
        # the proxy never sends a request into one that is being closed.
        exec granian --interface wsgi --host 0.0.0.0 --port 8010 --no-ws \
            --http1-header-read-timeout 60000 --workers "${WEB_WORKERS:-2}" --blocking-threads "$((${WEB_THREADS:-8} + ${EVENT_STREAMS:-16} + ${AI_STREAMS:-16}))" \
            cube_demper.wsgi:application
        ;;
    beat)
        exec $celery beat
        ;;
    worker)
        queue=${1:-default}
        if [ "$queue" = default ]; then
            exec $celery worker -Q default --pool threads -c "${WORKER_THREADS:-8}" -n default@%h \
                --without-gossip --without-mingle
        fi
        if [ "$queue" = push ]; then
            exec $celery worker -Q demper.push --pool threads -c "${PUSH_THREADS:-10}" -n pusher@%h \
                --without-gossip --without-mingle
        fi
        if [ "$queue" = whatsapp ]; then
            exec $celery worker -Q whatsapp --pool threads -c "${WHATSAPP_THREADS:-8}" -n whatsapp@%h \
                --without-gossip --without-mingle
        fi
        if [ "$queue" = containers ]; then
            exec $celery worker -Q containers --pool threads -c "${CONTAINERS_THREADS:-8}" -n containers@%h \
                --without-gossip --without-mingle
        fi
        # Two: while one batch is written down, the next one looks.
        shard=$(shard_of "$queue")
        exec $celery worker -Q "demper.$shard" --pool threads -c 3 -n "demper-$shard@%h" \
            --without-gossip --without-mingle
        ;;
    migrate)
        exec python manage.py migrate --noinput
        ;;
    manage)
        exec python manage.py "$@"
        ;;
    sandbox)
        exec python -m sandbox --host 0.0.0.0 "$@"
        ;;
    *)
        fail "there is no role '$role': web, beat, worker, migrate, manage or sandbox"
        ;;
esac
