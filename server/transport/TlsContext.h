#pragma once

#include <QSslConfiguration>

#include <mutex>
#include <utility>

namespace concierge::transport {

/// The certificate that new connections get. Asked once a connection. Thread: any.
class TlsContext
{
public:
    explicit TlsContext(QSslConfiguration configuration)
        : m_configuration(std::move(configuration))
    {}

    QSslConfiguration current() const
    {
        const std::lock_guard lock(m_mutex);
        return m_configuration;
    }
    /// Connections that there are go on with what they have.
    void replace(QSslConfiguration configuration)
    {
        const std::lock_guard lock(m_mutex);
        m_configuration = std::move(configuration);
    }

private:
    mutable std::mutex m_mutex;
    QSslConfiguration m_configuration; // guarded by m_mutex
};

} // namespace concierge::transport
