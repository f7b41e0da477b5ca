// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/benchanswer.h"

#include "models/aside.h"

#include <QDesktopServices>
#include <QFontDatabase>
#include <QJsonDocument>
#include <QPlainTextEdit>
#include <QScrollBar>
#include <QTabBar>
#include <QTextBrowser>
#include <QTextCursor>
#include <QTextDocument>
#include <QToolButton>
#include <QUrl>

namespace retryscope {
namespace {

constexpr qint64 drawEvery = 50, lookEvery = 500; ///< milliseconds
constexpr qsizetype readAside = 2'000; ///< characters: fewer are read in a few milliseconds
constexpr int tabPadding = 12, narrowPadding = 6; ///< left and right of a tab's name: see the style sheet
constexpr qint64 drawShare = 15; ///< at most one part of so many of the window's time goes into drawing one answer

/// A model may write the address of any file or server: nothing is read for it, and a link opens only a web page.
class AnswerView final : public QTextBrowser
{
protected:
    QVariant loadResource(int, const QUrl &) override { return QByteArray(); }
};

/// To a document that shows `shown` as it is written.
void addToPlain(QTextDocument *document, const QString &shown, const QString &text)
{
    QTextCursor cursor(document);
    cursor.movePosition(QTextCursor::End);
    cursor.insertText(text.mid(shown.size()));
}

QString toolCallsText(const QVector<ToolCall> &calls)
{
    QStringList blocks;
    for (const ToolCall &call : calls) {
        const QJsonDocument arguments = QJsonDocument::fromJson(call.arguments.toUtf8());
        blocks << call.name + QLatin1Char('\n')
                      + (arguments.isNull() ? call.arguments : QString::fromUtf8(arguments.toJson()).trimmed());
    }
    return blocks.join(QStringLiteral("\n\n"));
}

} // namespace

BenchAnswer::BenchAnswer(QWidget *parent) : QTabWidget(parent), m_view(new AnswerView), m_plain(new QToolButton),
      m_markdown(*m_view->document())
{
    setObjectName(QStringLiteral("answerTabs"));
    setFocusProxy(nullptr); // its bar, which stands elsewhere in the Tab key's way, would lead it past all between
    setFocusPolicy(Qt::NoFocus);
    m_view->setObjectName(QStringLiteral("answerView"));
    m_view->setAccessibleName(tr("Answer"));
    m_view->setProperty("bare", true);
    m_view->setOpenLinks(false);
    m_view->setTabChangesFocus(true);
    m_view->setPlaceholderText(tr("The answer streams in here. Ctrl+Enter sends, Esc stops."));
    m_view->setMinimumHeight(int(fontMetrics().height() * 5));
    connect(m_view, &QTextBrowser::anchorClicked, this, [](const QUrl &url) {
        if (url.scheme() == QLatin1String("https") || url.scheme() == QLatin1String("http"))
            QDesktopServices::openUrl(url);
    });
    addTab(m_view, tr("Answer"));
    m_texts.fill(nullptr, TabCount);
    m_written.resize(TabCount);
    m_texts[Reasoning] = addPlain(Reasoning, "reasoningView", tr("Reasoning"), false);
    m_texts[ToolCalls] = addPlain(ToolCalls, "toolCallsView", tr("Tool calls"), true);
    m_texts[Stream] = addPlain(Stream, "eventsView", tr("Events"), true);
    m_texts[Headers] = addPlain(Headers, "headersView", tr("Headers"), true);
    m_texts[Raw] = addPlain(Raw, "rawView", tr("Raw"), true);
    m_plain->setObjectName(QStringLiteral("plainToggle"));
    m_plain->setText(tr("Plain"));
    m_plain->setCheckable(true);
    m_plain->setToolTip(tr("Show the answer as it is written, not as Markdown"));
    m_plain->setAccessibleName(m_plain->toolTip());
    m_plain->setVisible(false);
    setCornerWidget(m_plain);
    connect(m_plain, &QToolButton::toggled, this, [this] {
        m_markdown.clear();
        const QString text = std::exchange(m_shown, {});
        m_stage == Stage::Ended ? end(text) : render(text, m_stage);
    });
}

QPlainTextEdit *BenchAnswer::addPlain(int tab, const char *name, const QString &title, bool fixed)
{
    auto *view = new QPlainTextEdit;
    view->setObjectName(QLatin1String(name));
    view->setAccessibleName(title);
    view->setReadOnly(true);
    view->setTabChangesFocus(true);
    view->setProperty("bare", true);
    if (fixed)
        view->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    addTab(view, title);
    setTabVisible(tab, false);
    return view;
}

void BenchAnswer::setPlain(int tab, const QString &text)
{
    const QString before = std::exchange(m_written[tab], text);
    if (before != text) {
        QScrollBar *bar = m_texts[tab]->verticalScrollBar();
        const int value = bar->value();
        if (!before.isEmpty() && text.startsWith(before))
            addToPlain(m_texts[tab]->document(), before, text);
        else
            m_texts[tab]->setPlainText(text);
        bar->setValue(value);
    }
    showTabIf(tab, !text.isEmpty());
}

void BenchAnswer::showTabIf(int tab, bool there)
{
    if (isTabVisible(tab) == there)
        return;
    setTabVisible(tab, there);
    makeRoom();
}

bool BenchAnswer::isPlainShown() const { return m_plain->isChecked(); }
void BenchAnswer::setPlainShown(bool plain) { m_plain->setChecked(plain); }

void BenchAnswer::resizeEvent(QResizeEvent *event)
{
    QTabWidget::resizeEvent(event);
    makeRoom();
}

/// In a narrow column the tabs stand closer, and what the column's menu has, too, leaves them its room.
void BenchAnswer::makeRoom()
{
    int tabs = 0;
    for (int tab = 0; tab < TabCount; ++tab)
        tabs += isTabVisible(tab);
    const int wanted = tabBar()->sizeHint().width() + (m_narrow ? 2 * tabs * (tabPadding - narrowPadding) : 0);
    const bool narrow = wanted + m_plain->sizeHint().width() > width();
    if (narrow != m_narrow) {
        m_narrow = narrow;
        setCornerWidget(narrow ? nullptr : m_plain); // a hidden one keeps its room
        tabBar()->setStyleSheet(
            narrow ? QStringLiteral("QTabBar::tab { padding:6px %1px }").arg(narrowPadding) : QString());
    }
    m_plain->setVisible(!m_shown.isEmpty() && !narrow);
}

void BenchAnswer::clearAnswer()
{
    m_shown.clear();
    m_markdown.clear();
    ++m_reading;
    m_stage = Stage::Grows;
    m_view->setPlaceholderText(tr("Nothing has come yet."));
    m_since.invalidate();
    m_sinceMore.invalidate();
    m_cost = 0;
    for (int tab = Reasoning; tab < TabCount; ++tab)
        setPlain(tab, {});
    makeRoom();
    setCurrentIndex(Answer);
}

bool BenchAnswer::showText(const QString &text)
{
    if (text == m_shown)
        return true;
    if (m_since.isValid() && m_since.elapsed() < std::max(drawEvery, m_cost * drawShare))
        return false;
    render(text, Stage::Grows);
    return true;
}

/// What a person selected, and where they read, stays.
void BenchAnswer::render(const QString &text, Stage stage, const MarkdownUnits *whole)
{
    QElapsedTimer taken;
    taken.start();
    const QTextCursor before = m_view->textCursor();
    const int anchor = before.anchor(), position = before.position();
    QScrollBar *bar = m_view->verticalScrollBar();
    const bool atEnd = bar->value() >= bar->maximum() - 4;
    const int value = bar->value();
    if (whole)
        m_markdown.finish(text, *whole);
    else if (!m_plain->isChecked() && stage == Stage::Ended)
        m_markdown.finish(text, GrowingMarkdown::whole(text, m_view->document()->defaultFont()));
    else if (!m_plain->isChecked())
        m_markdown.show(text);
    else if (!m_shown.isEmpty() && text.startsWith(m_shown))
        addToPlain(m_view->document(), m_shown, text);
    else
        m_view->setPlainText(text);
    const QTextCursor after = m_view->textCursor();
    if (anchor != position && (after.anchor() != anchor || after.position() != position)) {
        const int last = m_view->document()->characterCount() - 1;
        QTextCursor cursor(m_view->document());
        cursor.setPosition(std::min(anchor, last));
        cursor.setPosition(std::min(position, last), QTextCursor::KeepAnchor);
        m_view->setTextCursor(cursor);
    }
    bar->setValue(atEnd ? bar->maximum() : value);
    m_shown = text;
    m_stage = stage;
    makeRoom();
    ++m_renders;
    m_cost = taken.elapsed();
    m_since.start();
}

void BenchAnswer::end(const QString &text)
{
    const quint64 reading = ++m_reading;
    if (m_plain->isChecked() || text.size() < readAside)
        return render(text, Stage::Ended);
    if (!m_shown.isEmpty() && text != m_shown && text.startsWith(m_shown))
        render(text, Stage::Grows);
    m_shown = text;
    m_stage = Stage::Ended;
    const QFont font = m_view->document()->defaultFont();
    aside(this, [text, font] { return GrowingMarkdown::whole(text, font); },
          [this, text, reading](const MarkdownUnits &whole) {
              if (reading == m_reading)
                  render(text, Stage::Ended, &whole);
          });
}

void BenchAnswer::showAll(const BenchRun &run, const QHash<ProviderId, QString> &names)
{
    m_names = names;
    m_view->setPlaceholderText(tr("No answer came."));
    if (run.text != m_shown || m_stage != Stage::Ended)
        end(run.text);
    for (int tab = Reasoning; tab < TabCount; ++tab)
        showTab(tab, run);
}

void BenchAnswer::showMore(const BenchRun &run, const QHash<ProviderId, QString> &names)
{
    m_names = names;
    if (m_sinceMore.isValid() && m_sinceMore.elapsed() < lookEvery)
        return;
    m_sinceMore.start();
    if (currentIndex() != Answer)
        showTab(currentIndex(), run);
    const ExchangeRecord *last = run.exchanges.isEmpty() ? nullptr : &run.exchanges.last();
    const bool there[] = {true,
                          last && !last->reasoning.isEmpty(),
                          last && !last->toolCalls.isEmpty(),
                          !run.events.isEmpty(),
                          last != nullptr,
                          last != nullptr};
    for (int tab = Reasoning; tab < TabCount; ++tab) {
        if (there[tab] && !isTabVisible(tab)) {
            showTab(tab, run);
            showTabIf(tab, true);
        }
    }
}

void BenchAnswer::showTab(int tab, const BenchRun &run)
{
    const ExchangeRecord last = run.exchanges.isEmpty() ? ExchangeRecord{} : run.exchanges.last();
    const auto &result = run.result();
    switch (tab) {
    case Reasoning: {
        QString thoughts = result && !result->content.reasoning.isEmpty() ? result->content.reasoning : last.reasoning;
        if (result && !result->content.refusal.isEmpty())
            thoughts += tr("\n\nThe model refused: %1").arg(result->content.refusal);
        return setPlain(tab, thoughts.trimmed());
    }
    case ToolCalls:
        return setPlain(tab, toolCallsText(result && !result->content.toolCalls.isEmpty() ? result->content.toolCalls
                                                                                          : last.toolCalls));
    case Stream: return setPlain(tab, eventsText(run));
    case Headers: return setPlain(tab, headersText(run, m_names));
    case Raw: return setPlain(tab, rawText(run, m_names));
    default: return;
    }
}

} // namespace retryscope
