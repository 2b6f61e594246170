// SPDX-License-Identifier: Apache-2.0
import { Chart } from "./chart.js";
import * as fleet from "./fleet.js";
import { wordsOf } from "./phone-view.js";

/** The sensors, live. */
export function FleetView() {
  fleet.turn.value;
  const [p50, p99] = [fleet.latency.quantile(0.5), fleet.latency.quantile(0.99)];
  return (
    <section class="fleet" aria-labelledby="fleet-title">
      <header class="section-head">
        <h2 id="fleet-title">A small fleet</h2>
        <p class="dim">{wordsOf(fleet.state.value)}</p>
      </header>
      <p class="dim intro">Four simulated sensors. Their latest readings are retained: a new visitor sees them at once.</p>
      <ul class="sensors">
        {fleet.sensors.map((sensor) => (
          <SensorCard key={sensor.id} sensor={sensor} />
        ))}
      </ul>
      <dl class="figures">
        <Figure name="messages a second" value={String(fleet.throughput.value)} />
        <Figure name="end to end, median" value={p50 === undefined ? "–" : `${p50} ms`} />
        <Figure name="end to end, 99 %" value={p99 === undefined ? "–" : `${p99} ms`} />
      </dl>
    </section>
  );
}

function SensorCard({ sensor }: { sensor: fleet.Sensor }) {
  const { title, unit, readings } = sensor;
  const latest = readings.values.at(-1);
  return (
    <li class="sensor" data-sensor={sensor.id}>
      <span class="dim">{title}</span>
      <span class="reading">
        {latest === undefined ? <span class="dim">waiting …</span> : <strong>{latest.toFixed(unit === "kW" ? 0 : 1)}</strong>}
        <span class="dim"> {latest === undefined ? "" : unit}</span>
      </span>
      <Chart values={readings.values} label={`${title}, the last minute`} />
    </li>
  );
}

function Figure({ name, value }: { name: string; value: string }) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
