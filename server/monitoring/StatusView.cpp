#include "monitoring/StatusView.h"

#include "monitoring/AlertRule.h"

#include <QDateTime>
#include <QLocale>

#include <algorithm>
#include <numeric>
#include <utility>

namespace concierge::monitoring {

namespace {

constexpr qsizetype columns = 80;
constexpr qsizetype labelWidth = 13;
constexpr qsizetype mostAlerts = 4;

enum class Tone : quint8 { Plain, Faint, Strong, Good, Notice, Warning, Critical };

const char *sequenceOf(Tone tone)
{
    switch (tone) {
    case Tone::Plain:
        break;
    case Tone::Faint:
        return "2";
    case Tone::Strong:
        return "1";
    case Tone::Good:
        return "1;32";
    case Tone::Notice:
        return "36";
    case Tone::Warning:
        return "1;33";
    case Tone::Critical:
        return "1;31";
    }
    return "";
}

/// What came from elsewhere must neither move the cursor nor break the layout.
QString cleaned(QString text)
{
    for (QChar &c : text) {
        if (c.category() == QChar::Other_Control || c.category() == QChar::Other_Format)
            c = u'?';
    }
    return text;
}

/// Takes the first line of at most `width` off: up to a space where there is one.
QString takeLine(QString &text, qsizetype width)
{
    if (text.size() <= width)
        return std::exchange(text, QString());
    const qsizetype space = text.lastIndexOf(u' ', width);
    const qsizetype whole = text[width - 1].isHighSurrogate() ? width - 1 : width;
    const QString line = text.first(space > 0 ? space : whole);
    text = text.mid(space > 0 ? space + 1 : whole);
    return line;
}

QString counted(qint64 number)
{
    return QLocale(QLocale::English).toString(number);
}

QString rate(double perSecond)
{
    return QStringLiteral("%1/s").arg(perSecond, 0, 'f', perSecond < 10 ? 1 : 0);
}

QString milliseconds(const std::optional<double> &ms)
{
    if (!ms)
        return QStringLiteral("-");
    return QStringLiteral("%1 ms").arg(*ms, 0, 'f', *ms < 10 ? 1 : 0);
}

Tone toneOf(const QString &severity)
{
    if (severity == QLatin1String("critical"))
        return Tone::Critical;
    return severity == QLatin1String("warning") ? Tone::Warning : Tone::Notice;
}

/// Lines of a label and a text each.
class Page
{
public:
    explicit Page(Colours colours)
        : m_colours(colours)
    {}

    void title(const QString &text, const QString &state, Tone tone)
    {
        const qsizetype gap = std::max<qsizetype>(1, columns - text.size() - state.size());
        m_text += painted(text, Tone::Strong) + QString(gap, u' ') + painted(state, tone) + u'\n';
    }
    /// What is too long goes on below.
    void line(QString label, QString text, Tone tone = Tone::Plain)
    {
        do {
            m_text += u' ' + painted(label.leftJustified(labelWidth), Tone::Faint) +
                      painted(takeLine(text, columns - labelWidth - 1), tone) + u'\n';
            label.clear();
        } while (!text.isEmpty());
    }
    void blank() { m_text += u'\n'; }
    const QString &text() const { return m_text; }

private:
    QString painted(const QString &text, Tone tone) const
    {
        const QLatin1String sequence(sequenceOf(tone));
        if (m_colours == Colours::None || sequence.isEmpty())
            return text;
        return QStringLiteral("\x1B[") + sequence + u'm' + text + QStringLiteral("\x1B[0m");
    }

    const Colours m_colours;
    QString m_text;
};

void addState(Page &page, const feed::Hello &hello, const MonitorSnapshot &snapshot)
{
    QString state = QStringLiteral("HEALTHY");
    Tone tone = Tone::Good;
    if (snapshot.state != QLatin1String("running")) {
        state = QStringLiteral("STOPPING");
        tone = Tone::Warning;
    } else if (!snapshot.isHealthy()) {
        state = QStringLiteral("NEEDS ATTENTION");
        tone = Tone::Warning;
    }
    page.title(QStringLiteral("Concierge ") + cleaned(snapshot.version), state, tone);
    page.line(
        QStringLiteral("Running"),
        QStringLiteral("for %1, process %2").arg(spanText(Milliseconds(snapshot.uptimeMs))).arg(hello.pid));
    page.line(QStringLiteral("Clients at"),
              cleaned(hello.url) + QStringLiteral(", health at ") + cleaned(hello.health));
    page.line(QStringLiteral("Data in"), cleaned(hello.dataDir));
}

void addPeople(Page &page, const MonitorSnapshot &snapshot)
{
    const ConnectionFigures &connections = snapshot.connections;
    const qint64 refused = std::accumulate(connections.refused.begin(), connections.refused.end(), qint64(0));
    page.line(QStringLiteral("People"),
              QStringLiteral("%1 online, %2 of them idle")
                  .arg(counted(snapshot.users.online), counted(snapshot.users.idle)),
              Tone::Strong);
    page.line(QStringLiteral("Connections"),
              QStringLiteral("%1 now (%2 WebSocket, %3 polling), peak %4, today %5")
                  .arg(counted(connections.now), counted(connections.webSocket), counted(connections.polling),
                       counted(connections.peak), counted(connections.peakToday)));
    page.line(QString(),
              QStringLiteral("%1 since the start, %2 recovered, %3 refused")
                  .arg(counted(connections.total), counted(connections.recovered), counted(refused)));
}

void addMessages(Page &page, const MonitorSnapshot &snapshot)
{
    const MessageFigures &messages = snapshot.messages;
    page.line(
        QStringLiteral("Messages"),
        QStringLiteral("%1 received, %2 delivered, %3 read")
            .arg(rate(snapshot.rates.received), rate(snapshot.rates.delivered), rate(snapshot.rates.read)),
        Tone::Strong);
    page.line(QString(),
              QStringLiteral("%1 received, %2 delivered, %3 kept since the start")
                  .arg(counted(messages.received), counted(messages.delivered), counted(messages.stored)));
    QString waiting = QStringLiteral("none");
    if (snapshot.waiting.messages > 0)
        waiting = QStringLiteral("%1 for %2 people")
                      .arg(counted(snapshot.waiting.messages), counted(snapshot.waiting.users));
    if (snapshot.waiting.messages > 0 && snapshot.waiting.oldestMs)
        waiting +=
            QStringLiteral(", the oldest for %1").arg(spanText(Milliseconds(*snapshot.waiting.oldestMs)));
    page.line(QStringLiteral("Waiting"), waiting);
    page.line(QStringLiteral("Delivery"),
              QStringLiteral("median %1, 95 %: %2, 99 %: %3, longest %4")
                  .arg(milliseconds(snapshot.delivery.p50Ms), milliseconds(snapshot.delivery.p95Ms),
                       milliseconds(snapshot.delivery.p99Ms), milliseconds(snapshot.delivery.maxMs)));
}

void addMachine(Page &page, const MonitorSnapshot &snapshot)
{
    const StoreFigures &store = snapshot.store;
    QString disk = store.isWorking ? bytesText(store.bytes) + QStringLiteral(" of data")
                                   : QStringLiteral("NOT WORKING: ") + cleaned(store.problem);
    if (store.isWorking && store.diskTotal > 0)
        disk += QStringLiteral(", %1 of %2 free").arg(bytesText(store.diskFree), bytesText(store.diskTotal));
    if (store.isWorking && store.lastBackup)
        disk += QStringLiteral(", backup %1 old")
                    .arg(spanText(Milliseconds(std::max<qint64>(0, snapshot.time - *store.lastBackup))));
    page.line(QStringLiteral("Disk"), disk, store.isWorking ? Tone::Plain : Tone::Critical);
    double lag = 0;
    for (const ThreadFigures &thread : snapshot.threads)
        lag = std::max(lag, thread.lagMs);
    QString process = QStringLiteral("%1 % of a core, %2 of memory, lag %3")
                          .arg(snapshot.process.cpuPercent, 0, 'f', 1)
                          .arg(bytesText(snapshot.process.rssBytes), milliseconds(lag));
    if (snapshot.process.descriptors > 0)
        process += QStringLiteral(", %1 files open").arg(counted(snapshot.process.descriptors));
    page.line(QStringLiteral("Process"), process);
    page.line(QStringLiteral("Traffic"), QStringLiteral("%1/s in, %2/s out")
                                             .arg(bytesText(static_cast<qint64>(snapshot.rates.bytesIn)),
                                                  bytesText(static_cast<qint64>(snapshot.rates.bytesOut))));
    if (snapshot.tls.expires) {
        const qint64 left = *snapshot.tls.expires - snapshot.time;
        page.line(QStringLiteral("Certificate"),
                  left > 0 ? QStringLiteral("ends in %1").arg(spanText(Milliseconds(left)))
                           : QStringLiteral("ENDED %1 AGO").arg(spanText(Milliseconds(-left))),
                  left > 0 ? Tone::Plain : Tone::Critical);
    }
    if (const WebhookFigures &webhook = snapshot.webhook; webhook.isOn) {
        QString state =
            QStringLiteral("%1 posted, %2 wait").arg(counted(webhook.posted), counted(webhook.pending));
        if (webhook.setAside > 0)
            state += QStringLiteral(", %1 refused").arg(counted(webhook.setAside));
        if (webhook.failingMs)
            state += QStringLiteral("; FAILS for %1: %2")
                         .arg(spanText(Milliseconds(*webhook.failingMs)), cleaned(webhook.problem));
        page.line(QStringLiteral("API_URL"), state, webhook.failingMs ? Tone::Critical : Tone::Plain);
    }
    if (snapshot.redis != QLatin1String("off"))
        page.line(QStringLiteral("Redis"), cleaned(snapshot.redis));
}

void addAlerts(Page &page, const MonitorSnapshot &snapshot)
{
    page.blank();
    if (snapshot.alerts.isEmpty()) {
        page.line(QStringLiteral("Alerts"), QStringLiteral("none"));
        return;
    }
    const qsizetype shown = std::min(snapshot.alerts.size(), mostAlerts);
    for (const Alert &alert : snapshot.alerts.first(shown)) {
        page.line(cleaned(alert.severity), cleaned(alert.text), toneOf(alert.severity));
        page.line(QString(), cleaned(alert.advice));
    }
    if (shown < snapshot.alerts.size())
        page.line(QString(), QStringLiteral("and %1 more, see --json").arg(snapshot.alerts.size() - shown));
}

} // namespace

QString statusView(const feed::Hello &hello, const MonitorSnapshot &snapshot, Colours colours)
{
    Page page(colours);
    addState(page, hello, snapshot);
    page.blank();
    addPeople(page, snapshot);
    page.blank();
    addMessages(page, snapshot);
    page.blank();
    addMachine(page, snapshot);
    addAlerts(page, snapshot);
    return page.text();
}

} // namespace concierge::monitoring
