// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "words/callstory.h"
#include "theme/theme.h"

#include <QWidget>

class QLabel;
class QTextBrowser;
class QToolButton;

namespace retryscope {

/// One call as sentences with times, and below each what it rests on: rule, headers, limits, usage. Can be copied.
class StoryPane : public QWidget
{
    Q_OBJECT
public:
    explicit StoryPane(const Theme &theme, QWidget *parent = nullptr);
    void show(const QString &title, const Events &events, const ProviderNames &names = {});
    /// For the clipboard, in UTC.
    QString text() const;
    void copy();

signals:
    /// "Only this call" was pressed.
    void callRequested(retryscope::CallId call);

private:
    void render();
    const Theme &m_theme;
    CallStory m_story;
    CallId m_call;
    QLabel *m_title;
    QToolButton *m_copy, *m_only;
    QTextBrowser *m_view;
};

} // namespace retryscope
