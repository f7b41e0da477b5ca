// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/benchrun.h"
#include "widgets/growingmarkdown.h"

#include <QElapsedTimer>
#include <QTabWidget>

class QPlainTextEdit;
class QTextBrowser;
class QToolButton;

namespace retryscope {

/// What came back in one column: the answer as Markdown or as it is written, thoughts, tool calls, what happened,
/// headers. A tab is there when there is something in it.
class BenchAnswer : public QTabWidget
{
    Q_OBJECT
public:
    explicit BenchAnswer(QWidget *parent = nullptr);
    void clearAnswer();
    /// Text that came is drawn at most twenty times a second, and less often where it takes long: the window goes on.
    /// True when all is shown.
    bool showText(const QString &text);
    /// At once, with everything else that is known.
    void showAll(const BenchRun &run, const QHash<ProviderId, QString> &names);
    /// What is new in the tab that is looked at, while it runs: a few times a second.
    void showMore(const BenchRun &run, const QHash<ProviderId, QString> &names);
    /// How often the answer was drawn anew.
    int renders() const { return m_renders; }
    /// As it is written, not as Markdown.
    bool isPlainShown() const;
    void setPlainShown(bool plain);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    enum Tab { Answer, Reasoning, ToolCalls, Stream, Headers, Raw, TabCount };
    void showTab(int tab, const BenchRun &run);
    QPlainTextEdit *addPlain(int tab, const char *name, const QString &title, bool fixed);
    void setPlain(int tab, const QString &text);
    void showTabIf(int tab, bool there);
    void makeRoom();
    /// What still grows is drawn where it has grown; what has ended, as if it had been read at once.
    enum class Stage : quint8 { Grows, Ended };
    void render(const QString &text, Stage stage, const MarkdownUnits *whole = nullptr);
    /// A long text is read at once on another thread; what was shown of it stays until then.
    void end(const QString &text);

    QTextBrowser *m_view;
    QToolButton *m_plain;
    GrowingMarkdown m_markdown; ///< in m_view's document
    Stage m_stage = Stage::Grows;
    QVector<QPlainTextEdit *> m_texts; ///< by tab; none for the answer
    QVector<QString> m_written;        ///< in them
    QString m_shown; ///< or will be, once it has been read
    quint64 m_reading = 0; ///< number of the text that is read on another thread, or was
    QHash<ProviderId, QString> m_names;
    QElapsedTimer m_since, m_sinceMore;
    qint64 m_cost = 0; ///< of the last drawing, milliseconds
    int m_renders = 0;
    bool m_narrow = false;
};

} // namespace retryscope
