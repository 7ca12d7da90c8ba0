#pragma once

#include "metrics/Metrics.h"
#include "shared/Clock.h"
#include "shared/Result.h"
#include "transport/TlsContext.h"
#include "transport/TlsFiles.h"

#include <QObject>
#include <QTimer>

#include <memory>
#include <optional>

namespace concierge::app {

/// The server's certificate, kept as its files are: they are read again each minute, and when reload() is
/// called. A pair that does not fit together (one file is written, the other not yet) leaves the old one in
/// place, and is complained of once. Files are compared by what they hold, so that it is the same whether
/// they are written over, renamed or links that point elsewhere now. Thread: main.
class TlsCertificate final : public QObject
{
    Q_OBJECT

public:
    static constexpr Milliseconds interval{60'000};

    /// An error is one line for the operator. `clock` and `counters` outlive the result.
    static Result<std::unique_ptr<TlsCertificate>, transport::TlsProblem>
    open(transport::TlsFiles files, const Clock &clock, metrics::ThreadCounters &counters);

    std::shared_ptr<const transport::TlsContext> context() const { return m_context; }
    qint64 expires() const noexcept { return m_expires; } ///< time of day
    /// From here on the files are looked at.
    void start() { m_timer.start(); }
    /// Looks at the files; says so in the log even where nothing has changed.
    void reload();
    /// What the timer calls.
    void look();

private:
    enum class Outcome : quint8 { Unchanged, Taken, Refused };

    TlsCertificate(transport::TlsFiles files, transport::TlsBytes bytes,
                   const transport::TlsIdentity &identity, const Clock &clock,
                   metrics::ThreadCounters &counters);
    Outcome update();
    void refuse(const QString &line);

    const transport::TlsFiles m_files;
    const Clock &m_clock;
    metrics::ThreadCounters &m_counters;
    transport::TlsBytes m_bytes; // of the certificate in use
    std::shared_ptr<transport::TlsContext> m_context;
    qint64 m_expires;
    QString m_complaint; // the latest, until a pair is taken
    QTimer m_timer;
};

} // namespace concierge::app
