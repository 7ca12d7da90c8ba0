#pragma once

#include "Situation.h"

#include <QComboBox>

class QPushButton;

namespace concierge::monitor {

struct ServerState
{
    QString name;
    Situation situation;
};

/// The servers that are watched, to choose from: each with how it is, by glyph, colour and words.
class ServerList final : public QComboBox
{
    Q_OBJECT

public:
    enum Role { TextRole = Qt::UserRole, ToneRole, GlyphRole, LookRole };

    explicit ServerList(QWidget *parent = nullptr);
    /// Emits nothing; the choice stays where it is.
    void show(const QList<ServerState> &servers);
    void showPopup() override;

private:
    void fill(int index, const ServerState &server);
};

/// Beside the list: another server than the chosen one has a problem. Seen only then.
class OtherServers final : public QWidget
{
    Q_OBJECT

public:
    explicit OtherServers(QWidget *parent = nullptr);
    void show(const QList<ServerState> &servers, int chosen);

Q_SIGNALS:
    /// The worst of the others is to be shown.
    void chosen(int server);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void render();

    QPushButton *m_button;
    QString m_text;
    int m_worst = -1;
};

} // namespace concierge::monitor
