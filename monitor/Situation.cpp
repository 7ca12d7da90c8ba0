#include "Situation.h"

#include "AlertText.h"
#include "Format.h"

#include <QFileInfo>

namespace concierge::monitor {

Situation Situation::of(const Input &input)
{
    if (input.state != FeedState::Connected || !input.snapshot)
        return unreachable(input);
    if (input.snapshot->state == QLatin1String("draining")) {
        const QString detail =
            input.drainEndsMs ? tr("%Ln connection(s) left; it ends in %1 at the latest.", nullptr,
                                   int(input.snapshot->connections.now))
                                    .arg(Format::duration(*input.drainEndsMs))
                              : tr("%Ln connection(s) left.", nullptr, int(input.snapshot->connections.now));
        return {Tone::Warning, Glyph::Wait, tr("The server is stopping"), detail, BannerAction::None};
    }
    return working(input);
}

/// What opens a socket that is closed to this person, as far as its file tells.
QString Situation::whoMay(const QString &socket)
{
    const QFileInfo file(socket);
    const QString group = file.group();
    const QString owner = file.owner();
    if (!group.isEmpty() && file.permission(QFileDevice::WriteGroup))
        return tr("Ask for membership in the group “%1”, then sign in to this computer again.").arg(group);
    if (!owner.isEmpty())
        return tr("Its socket is open to the user “%1” alone. Ask whoever runs the server to open it to you.")
            .arg(owner);
    return tr("Ask whoever runs the server to open its socket to you: %1").arg(socket);
}

Situation Situation::unreachable(const Input &input)
{
    const QString seen =
        input.snapshot ? tr("Last seen %1.").arg(Format::when(input.snapshot->time, input.now)) + QChar::Space
                       : QString();
    switch (input.state) {
    case FeedState::Connected:
    case FeedState::Connecting:
        return {Tone::Neutral, Glyph::Wait, tr("Looking for the server…"),
                tr("The monitor is asking at %1.").arg(input.socket), BannerAction::None};
    case FeedState::NotRunning:
        if (input.isStarting)
            return {Tone::Neutral, Glyph::Wait, tr("The server is being started…"),
                    tr("This takes a few seconds."), BannerAction::None};
        return {Tone::Critical, Glyph::Off, tr("The server is not running"),
                seen + tr("The monitor connects by itself as soon as it runs again."), BannerAction::Start};
    case FeedState::Denied:
        return {Tone::Critical, Glyph::Error, tr("You may not watch this server"), whoMay(input.socket),
                BannerAction::None};
    case FeedState::Refused:
        return {Tone::Warning, Glyph::Warning, tr("The server does not let this monitor in"),
                tr("It says: %1").arg(input.refusal), BannerAction::None};
    case FeedState::Stale:
        return {Tone::Critical, Glyph::Warning, tr("The server does not answer"),
                seen + tr("It is connected, but sends no figures.") + QChar::Space + howToRestart(input),
                BannerAction::None};
    case FeedState::Incompatible:
        return {Tone::Critical, Glyph::Error, tr("This monitor does not understand the server"),
                tr("Install the same version of both. (%1)").arg(input.refusal), BannerAction::None};
    }
    return {};
}

QString Situation::howToRestart(const Input &input)
{
    if (input.canRestart)
        return tr("If this lasts, stop and start it under Service.");
    if (input.pid == 0)
        return tr("If this lasts, end it where it runs, and start it again.");
    return tr("If this lasts, end its process %1 where it runs, and start it again.").arg(input.pid);
}

Situation Situation::working(const Input &input)
{
    const MonitorSnapshot &snapshot = *input.snapshot;
    const QString uptime = tr("Running for %1.").arg(Format::duration(snapshot.uptimeMs));
    const bool isNotice = input.worst && toneOf(input.worst->alert) == Tone::Notice;
    if (input.worst && !isNotice) {
        const AlertText text = AlertText::of(input.worst->alert);
        const bool isCritical = toneOf(input.worst->alert) == Tone::Critical;
        QString detail = text.advice;
        if (input.alerts > 1)
            detail += QChar::Space + tr("There are %Ln alert(s) in all.", nullptr, input.alerts);
        return {toneOf(input.worst->alert), isCritical ? Glyph::Error : Glyph::Warning,
                input.worst->isAcknowledged ? tr("Known: %1").arg(text.text) : text.text, detail,
                BannerAction::ShowAlerts};
    }
    const QString notice = isNotice ? QChar::Space + AlertText::of(input.worst->alert).text : QString();
    if (snapshot.waiting.messages > 0)
        return {Tone::Good, Glyph::Check,
                tr("%Ln message(s) wait for people who are offline", nullptr, int(snapshot.waiting.messages)),
                tr("Everything else is working. They are delivered when these people come back.", nullptr,
                   int(snapshot.waiting.messages)) +
                    notice,
                BannerAction::ShowWaiting};
    if (snapshot.connections.total == 0 && !input.url.isEmpty())
        return {Tone::Good, Glyph::Check, tr("Everything is working"),
                tr("Nobody has connected since the start. Apps connect to %1.").arg(input.url) + notice,
                isNotice ? BannerAction::ShowAlerts : BannerAction::None};
    return {Tone::Good, Glyph::Check, tr("Everything is working"), uptime + notice,
            isNotice ? BannerAction::ShowAlerts : BannerAction::None};
}

} // namespace concierge::monitor
