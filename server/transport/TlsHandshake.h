#pragma once

#include "metrics/Metrics.h"
#include "transport/DeadlineWheel.h"
#include "transport/TlsSocket.h"

#include <QObject>

#include <functional>
#include <memory>

namespace concierge::transport {

class TlsContext;

/// A connection to a TLS port until it is encrypted. The whole handshake has one deadline, so that neither
/// silence nor a trickle holds it. Who speaks HTTP here is told so, as nginx does. Ends by `done`, once, not
/// from within start(): with the encrypted socket, or with none when the connection has ended; destroy it
/// then, but not from within that call. Thread: the worker's.
class TlsHandshake final : private Deadline
{
public:
    using Done = std::function<void(TlsHandshake &, std::unique_ptr<QTcpSocket>)>;

    /// `lingering`: parent of what outlives the connection.
    TlsHandshake(std::unique_ptr<TlsSocket> socket, const TlsContext &context, Milliseconds timeout,
                 DeadlineWheel &deadlines, metrics::ThreadCounters &counters, QObject &lingering, Done done);
    ~TlsHandshake() override;

private:
    void onDeadline() override;
    void onFirstBytes();
    void onEncrypted();
    void onError();
    void answerPlainHttp();
    void refuse(metrics::Refused reason);
    void end(std::unique_ptr<QTcpSocket> socket);

    std::unique_ptr<TlsSocket> m_socket;
    const TlsContext &m_context;
    DeadlineWheel &m_deadlines;
    metrics::ThreadCounters &m_counters;
    QObject &m_lingering;
    Done m_done;
    bool m_hasBegun = false; // the client has said something
};

} // namespace concierge::transport
