// SPDX-FileCopyrightText: 2026 Retryscope contributors
// SPDX-License-Identifier: GPL-3.0-or-later
#include "pages/testpage.h"

#include "base/systemclock.h"
#include "config/retryfields.h"
#include "pages/benchcomposer.h"
#include "pages/benchtarget.h"
#include "widgets/attemptwaterfall.h"
#include "widgets/elidedlabel.h"
#include "widgets/setifnew.h"

#include <QEvent>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QSettings>
#include <QShortcut>
#include <QTimer>
#include <QVBoxLayout>

#include <algorithm>

namespace retryscope {
namespace {

constexpr int drawTextEvery = 50; ///< milliseconds, a column
constexpr int turns = 2;          ///< in which the columns draw, so that not all of them do in one frame
constexpr int leastColumns = 330; ///< height, pixels
const QString columnsKey = QStringLiteral("test/columns");

/// Columns side by side, as high as there is room and at least as high as they need to be at their width; where they
/// are wider than the page they scroll, rather than being squeezed.
class ColumnsArea final : public QScrollArea
{
public:
    explicit ColumnsArea(QWidget *inner)
    {
        setObjectName(QStringLiteral("benchColumns"));
        setWidget(inner);
        setFrameShape(QFrame::NoFrame);
        setFocusPolicy(Qt::NoFocus);
        setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
        viewport()->setAutoFillBackground(false);
        inner->setAutoFillBackground(false);
        inner->installEventFilter(this);
    }

protected:
    void resizeEvent(QResizeEvent *event) override
    {
        QScrollArea::resizeEvent(event);
        fit();
    }
    bool eventFilter(QObject *watched, QEvent *event) override
    {
        if (watched == widget() && event->type() == QEvent::LayoutRequest)
            fit();
        return QScrollArea::eventFilter(watched, event);
    }

private:
    void fit()
    {
        const int wide = std::max(viewport()->width(), widget()->minimumSizeHint().width());
        const int bar = wide > viewport()->width() ? horizontalScrollBar()->sizeHint().height() : 0;
        const int needed = std::max(leastColumns, widget()->layout()->totalMinimumHeightForWidth(wide));
        if (minimumHeight() != needed + bar)
            setMinimumHeight(needed + bar);
        widget()->resize(wide, std::max(needed, height() - bar));
    }
};

/// The word that the waterfall has for how waits are spread.
QString jitterWord(JitterKind jitter)
{
    for (const RetryConfigField &field : retryConfigFields()) {
        if (QLatin1String(field.key) == QLatin1String("jitter"))
            return jitter == JitterKind::None
                       ? TestPage::tr("backoff, no jitter")
                       : TestPage::tr("%1 jitter").arg(QLatin1String(field.choices[int(jitter)]));
    }
    return {};
}

} // namespace

TestPage::TestPage(EngineClient &engine, const Theme &theme, QWidget *parent)
    : QWidget(parent), m_engine(engine), m_theme(theme), m_composer(new BenchComposer), m_row(new QHBoxLayout),
      m_ranking(new ElidedLabel), m_add(new QPushButton(tr("Add column"))), m_timer(new QTimer(this))
{
    const auto clock = std::make_shared<SystemClock>();
    m_clock = [clock] { return clock->now(); };
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(Theme::page, 12, Theme::page, 12);
    column->setSpacing(Theme::gap);
    column->addLayout(buildHead());
    column->addWidget(m_composer);
    column->addWidget(buildColumns(), 1);
    connect(m_composer, &BenchComposer::sendRequested, this, &TestPage::send);
    connect(m_composer, &BenchComposer::stopRequested, this, &TestPage::stop);
    connect(m_composer, &BenchComposer::changed, m_composer->cost(), &BenchCost::touch);
    m_composer->cost()->setSource([this] { return costQuestion(); });
    connect(&engine, &EngineClient::textArrived, this, [this](CallId call, const QString &text) {
        if (BenchColumn *column = columnOf(call))
            column->onText(text);
    });
    connect(&engine, &EngineClient::exchangesArrived, this, [this](const ExchangeRecords &pieces) {
        for (const ExchangeRecord &piece : pieces) {
            if (BenchColumn *column = columnOf(piece.call))
                column->onExchange(piece);
        }
    });
    connect(&engine, &EngineClient::steered, this, [this](CallId call, Steering wish, SteeringRefusal refusal) {
        if (BenchColumn *column = columnOf(call))
            column->onSteered(wish, refusal);
    });
    connect(&engine, &EngineClient::callFinished, this, [this](const CallResult &result) {
        if (BenchColumn *column = columnOf(result.call)) {
            column->onFinished(result, m_clock(), axis());
            refresh();
        }
    });
    m_timer->setInterval(drawTextEvery / turns);
    connect(m_timer, &QTimer::timeout, this, &TestPage::tick);
    buildShortcuts();
    const QStringList states = QSettings().value(columnsKey).toStringList();
    for (qsizetype i = 0; i < std::clamp<qsizetype>(states.size(), 1, mostColumns); ++i)
        addColumn()->target().restore(states.value(i));
    refresh();
}

void TestPage::setClock(std::function<SteadyTime()> clock) { m_clock = std::move(clock); }

QLayout *TestPage::buildHead()
{
    auto *title = new QLabel(tr("Test"));
    title->setFont(Theme::font(TextRole::Headline));
    m_ranking->setObjectName(QStringLiteral("benchRanking"));
    m_ranking->setAccessibleName(tr("Which answer was best at what"));
    m_ranking->setProperty("muted", true);
    m_add->setObjectName(QStringLiteral("addColumn"));
    connect(m_add, &QPushButton::clicked, this, [this] {
        if (BenchColumn *column = addColumn()) {
            column->setFocus();
            refresh();
        }
    });
    auto *row = new QHBoxLayout;
    row->setSpacing(14);
    row->addWidget(title);
    row->addWidget(m_ranking, 1);
    row->addWidget(m_add);
    return row;
}

QWidget *TestPage::buildColumns()
{
    auto *inner = new QWidget;
    m_row->setContentsMargins(0, 0, 0, 0);
    m_row->setSpacing(Theme::gap);
    inner->setLayout(m_row);
    return new ColumnsArea(inner);
}

void TestPage::buildShortcuts()
{
    for (const auto key : {Qt::Key_Return, Qt::Key_Enter}) {
        auto *shortcut = new QShortcut(QKeySequence(Qt::CTRL | key), this);
        connect(shortcut, &QShortcut::activated, this, &TestPage::send);
    }
    auto *escape = new QShortcut(QKeySequence(Qt::Key_Escape), this);
    connect(escape, &QShortcut::activated, this, &TestPage::stop);
}

void TestPage::setConfiguration(const Configuration &configuration)
{
    m_configuration = configuration;
    m_jitter = jitterWord(configuration.retry.jitter);
    for (BenchColumn *column : std::as_const(m_columns)) {
        column->setProviders(configuration.providers);
        column->setJitter(m_jitter);
    }
    m_composer->setAskable(std::any_of(configuration.providers.begin(), configuration.providers.end(),
                                       [](const ProviderConfig &p) { return p.enabled; }));
    m_composer->cost()->touch();
}

void TestPage::setPrices(const PriceList &prices)
{
    m_prices = prices;
    m_composer->cost()->touch();
}

/// Of those columns that have somebody to ask.
BenchCost::Question TestPage::costQuestion() const
{
    BenchCost::Question question{m_configuration, m_prices, m_composer->draft(), {}};
    for (const BenchColumn *column : m_columns) {
        const BenchTarget &target = column->target();
        if (!m_composer->isEmpty() && !target.chain().isEmpty())
            question.columns.append({column->letter(), target.route(), target.modelName()});
    }
    return question;
}

BenchColumn *TestPage::addColumn()
{
    if (m_columns.size() >= mostColumns)
        return nullptr;
    auto *column = new BenchColumn(m_engine, m_theme);
    column->setProviders(m_configuration.providers);
    column->setJitter(m_jitter);
    if (!m_columns.isEmpty()) { // the first that has no column of its own yet
        for (const ProviderConfig &p : std::as_const(m_configuration.providers)) {
            const bool own = std::any_of(m_columns.begin(), m_columns.end(), [&](const BenchColumn *other) {
                return !other->target().isChain() && other->target().chain() == QVector<ProviderId>{p.id};
            });
            if (p.enabled && !own) {
                column->target().chooseOnly(p.id);
                break;
            }
        }
    }
    m_columns.append(column);
    m_row->addWidget(column, 1);
    connect(&column->target(), &BenchTarget::changed, m_composer->cost(), &BenchCost::touch);
    connect(column, &BenchColumn::removeRequested, this, [this, column] { removeColumn(column); });
    connect(column, &BenchColumn::retryRequested, this, [this, column] { sendOne(column); });
    connect(column, &BenchColumn::continueRequested, m_composer, &BenchComposer::continueFrom);
    arrange();
    emit columnAdded(column);
    return column;
}

void TestPage::removeColumn(BenchColumn *column)
{
    if (m_columns.size() < 2 || !m_columns.contains(column))
        return;
    column->stop();
    m_columns.removeOne(column);
    column->hide();
    column->deleteLater();
    arrange();
    refresh();
}

void TestPage::arrange()
{
    for (int i = 0; i < m_columns.size(); ++i) {
        m_columns[i]->setLetter(QString(QChar(u'A' + i)));
        m_columns[i]->setRemovable(m_columns.size() > 1);
    }
    m_add->setEnabled(m_columns.size() < mostColumns);
    m_add->setToolTip(m_add->isEnabled() ? tr("Ask one more provider, model or chain at the same time")
                                         : tr("There are four columns already"));
    m_composer->setState(int(m_columns.size()), isRunning());
    m_composer->cost()->touch();
}

BenchColumn *TestPage::columnOf(CallId call) const
{
    for (BenchColumn *column : m_columns) {
        if (call && column->run().call == call)
            return column;
    }
    return nullptr;
}

bool TestPage::isRunning() const
{
    return std::any_of(m_columns.begin(), m_columns.end(), [](const BenchColumn *c) { return c->isRunning(); });
}

void TestPage::send()
{
    const auto prompt = m_composer->prompt();
    if (!prompt)
        return;
    for (BenchColumn *column : std::as_const(m_columns))
        column->send(*prompt, m_clock());
    m_composer->hideExamples();
    m_timer->start();
    refresh();
}

void TestPage::sendOne(BenchColumn *column)
{
    column->send(column->run().prompt, m_clock());
    m_timer->start();
    refresh();
}

void TestPage::stop()
{
    for (BenchColumn *column : std::as_const(m_columns))
        column->stop();
}

Duration TestPage::axis() const
{
    Duration most{};
    for (const BenchColumn *column : m_columns)
        most = std::max(most, column->run().timeline.span(m_clock()));
    return axisFor(most);
}

void TestPage::tick()
{
    m_tick = (m_tick + 1) % (2 * turns);
    if (isVisible()) { // a page that nobody sees costs nothing
        for (qsizetype i = m_tick % turns; i < m_columns.size(); i += turns)
            m_columns[i]->refreshText();
        if (m_tick == 0)
            refresh();
    }
    if (!isRunning())
        m_timer->stop();
}

void TestPage::refresh()
{
    const SteadyTime now = m_clock();
    const Duration length = axis();
    QVector<BenchEntry> ended;
    for (BenchColumn *column : std::as_const(m_columns)) {
        column->refresh(now, length);
        if (column->run().result())
            ended.append({column->letter(), *column->run().result()});
    }
    const bool running = isRunning();
    setIfNew(m_ranking, running ? QString() : rankingText(ended));
    m_composer->setState(int(m_columns.size()), running);
}

void TestPage::onEvents(const Events &events)
{
    QHash<BenchColumn *, Events> ours;
    for (const Event &e : events) {
        if (BenchColumn *column = columnOf(e.call))
            ours[column].append(e);
    }
    for (auto it = ours.begin(); it != ours.end(); ++it)
        it.key()->onEvents(*it);
    if (!ours.isEmpty())
        refresh();
}

BenchSent TestPage::sentOf(const BenchColumn &column) const
{
    BenchSent sent = column.sent();
    if (!column.run().call) {
        sent.prompt = m_composer->draft();
        sent.prompt.model = column.target().modelName();
    }
    return sent;
}

void TestPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    for (BenchColumn *column : std::as_const(m_columns))
        column->refreshText();
    refresh();
}

void TestPage::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    m_composer->remember();
    QStringList states;
    for (const BenchColumn *column : std::as_const(m_columns))
        states << column->target().state();
    QSettings().setValue(columnsKey, states);
}

} // namespace retryscope
