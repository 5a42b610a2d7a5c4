export { mercadolibre } from './mercadolibre.connector';
