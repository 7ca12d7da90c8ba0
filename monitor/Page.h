#pragma once

#include "ServerSession.h"

#include <QPointer>
#include <QWidget>

namespace concierge::monitor {

/// What a tab shows: one server's. Only the page that is seen does work.
class Page : public QWidget
{
    Q_OBJECT

public:
    using QWidget::QWidget;

    /// The session outlives this page's use of it; null: there is none.
    virtual void setSession(ServerSession *session)
    {
        if (m_session)
            m_session->disconnect(this), m_session->feed().disconnect(this);
        m_session = session;
    }
    ServerSession *session() const { return m_session; }

Q_SIGNALS:
    /// Something to tell the person, in one sentence.
    void told(const QString &text, bool isFailure);

protected:
    /// Why there are no figures, in the banner's words.
    QString absence() const { return m_session ? m_session->situation().text : tr("No server is chosen"); }

    QPointer<ServerSession> m_session;
};

} // namespace concierge::monitor
